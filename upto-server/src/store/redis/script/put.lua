-- Compares the version ('' if there is no document) and puts: 1 if it was the expected one.
-- KEYS: versions, values, names; ARGV: key, expected version, next version, value.
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
