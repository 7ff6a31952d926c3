-- Takes a lease that is free or held by this owner, and returns its token.
-- KEYS: numbers, leases; ARGV: now and the hold, each in seconds and nanoseconds, name, owner.
local now, till = times(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
local token, ends, owner = string.match(redis.call('HGET', KEYS[2], ARGV[5]) or '', '^(%d+) (%d+) (.*)$')
if not token or ends <= now then
  token = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'token', 1))
elseif owner ~= ARGV[6] then
  return false
end
redis.call('HSET', KEYS[2], ARGV[5], token .. ' ' .. till .. ' ' .. ARGV[6])
return token
