-- Appends a part that was staged to its streams, once: 1 if it was still there.
-- In the batch's home this is the commit, and who takes part is noted until all have done the same.
-- KEYS: the part, staged, numbers, committed; ARGV: batch, prefix of the streams' keys, shards that take part or ''.
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then
  return 0
end
local part = redis.call('LRANGE', KEYS[1], 0, -1)
local count = #part / 2
local last = redis.call('HINCRBY', KEYS[3], 'cursor', count)
for i = 1, count do
  redis.call('XADD', ARGV[2] .. part[2 * i - 1], string.format('%.0f-0', last - count + i), 'b', part[2 * i])
end
redis.call('DEL', KEYS[1])
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[3])
end
return 1
