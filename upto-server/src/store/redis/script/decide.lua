-- What became of a batch, asked of its home: the shards that take part if it is committed, '?' if
-- it may still be, and '' if it never will or nothing is left to do. One that was staged too long
-- ago is given up. KEYS: the part, staged, committed; ARGV: batch, seconds that it may take.
local shards = redis.call('HGET', KEYS[3], ARGV[1])
if shards then
  return shards
end
local since = redis.call('HGET', KEYS[2], ARGV[1])
if not since then
  return ''
end
if redis.call('TIME')[1] - since <= tonumber(ARGV[2]) then
  return '?'
end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[1])
return ''
