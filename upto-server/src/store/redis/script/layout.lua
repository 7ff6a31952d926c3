-- The layout of what is here; what is new gets the given one. KEYS: layout; ARGV: version and shards.
redis.call('SETNX', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[1])
