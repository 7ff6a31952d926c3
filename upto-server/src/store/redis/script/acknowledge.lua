-- Ends a task that is held by this claim: 1 if it was. KEYS: tasks, held, claims; ARGV: task, attempt.
local attempt, till = string.match(redis.call('HGET', KEYS[3], ARGV[1]) or '', '^(%d+) (%d+)$')
if attempt ~= ARGV[2] then
  return 0
end
redis.call('ZREM', KEYS[2], till .. ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
