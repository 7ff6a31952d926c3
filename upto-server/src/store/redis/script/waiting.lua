-- Counts the tasks that nobody holds. KEYS: ready.
return redis.call('ZCARD', KEYS[1])
