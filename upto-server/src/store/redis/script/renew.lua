-- Prolongs a lease that is still held: 1 if it was.
-- KEYS: leases; ARGV: now and the hold, each in seconds and nanoseconds, name, owner, token.
local now, till = times(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
local token, ends, owner = string.match(redis.call('HGET', KEYS[1], ARGV[5]) or '', '^(%d+) (%d+) (.*)$')
if token ~= ARGV[7] or owner ~= ARGV[6] or ends <= now then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[5], token .. ' ' .. till .. ' ' .. owner)
return 1
