-- Gives a lease back that was not lost. KEYS: leases; ARGV: name, owner, token.
local token, _, owner = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) (%d+) (.*)$')
if token == ARGV[3] and owner == ARGV[2] then
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
