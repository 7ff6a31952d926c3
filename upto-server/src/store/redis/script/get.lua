-- A document's version and value. KEYS: versions, values; ARGV: key.
local version = redis.call('HGET', KEYS[1], ARGV[1])
if not version then
  return false
end
return {version, redis.call('HGET', KEYS[2], ARGV[1])}
