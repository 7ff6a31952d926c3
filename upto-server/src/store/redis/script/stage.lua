-- Keeps a shard's part of a batch that spans several until the batch is committed; returns the
-- batch, which its home, the first shard that is asked, gives its name.
-- KEYS: staged, numbers; ARGV: batch or '', number of this shard, prefix of the parts' keys, then
-- stream and block by turns.
local batch = ARGV[1]
if batch == '' then
  batch = ARGV[2] .. '-' .. string.format('%.0f', redis.call('HINCRBY', KEYS[2], 'batch', 1))
end
redis.call('HSET', KEYS[1], batch, redis.call('TIME')[1])
for i = 4, #ARGV do
  redis.call('RPUSH', ARGV[3] .. batch, ARGV[i])
end
return batch
