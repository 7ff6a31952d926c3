-- Throws a staged part away. KEYS: the part, staged; ARGV: batch.
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
