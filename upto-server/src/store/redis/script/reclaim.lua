-- Makes tasks ready again whose claim is over, and counts them.
-- KEYS: ready, held, claims; ARGV: now in seconds and nanoseconds.
local now = times(ARGV[1], ARGV[2], 0, 0)
-- The colon sorts behind the digits of any task that ends just now.
local over = redis.call('ZRANGEBYLEX', KEYS[2], '-', '(' .. now .. ':')
for _, member in ipairs(over) do
  local task = string.sub(member, 21)
  redis.call('ZREM', KEYS[2], member)
  redis.call('ZADD', KEYS[1], task, task)
  redis.call('HSET', KEYS[3], task, string.match(redis.call('HGET', KEYS[3], task), '^%d+'))
end
return #over
