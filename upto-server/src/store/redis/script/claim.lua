-- Claims the oldest tasks that are ready. KEYS: tasks, ready, held, claims;
-- ARGV: now and the hold, each in seconds and nanoseconds, how many, bytes after which it is enough.
local _, till = times(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
local claimed, bytes = {}, 0
for i, task in ipairs(redis.call('ZRANGE', KEYS[2], 0, ARGV[5] - 1)) do
  local payload = redis.call('HGET', KEYS[1], task)
  local before = string.match(redis.call('HGET', KEYS[4], task) or '0', '^%d+')
  local attempt = string.format('%.0f', math.min(before + 1, 4294967295))
  redis.call('ZREM', KEYS[2], task)
  redis.call('ZADD', KEYS[3], 0, till .. task)
  redis.call('HSET', KEYS[4], task, attempt .. ' ' .. till)
  claimed[i] = {task, attempt, payload}
  bytes = bytes + #payload
  if bytes >= tonumber(ARGV[6]) then
    break
  end
end
return claimed
