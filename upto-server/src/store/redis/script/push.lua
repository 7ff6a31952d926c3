-- Adds a task and returns its number. KEYS: numbers, tasks, ready; ARGV: payload.
local task = redis.call('HINCRBY', KEYS[1], 'task', 1)
local name = string.format('%.0f', task)
redis.call('HSET', KEYS[2], name, ARGV[1])
redis.call('ZADD', KEYS[3], name, name)
return task
