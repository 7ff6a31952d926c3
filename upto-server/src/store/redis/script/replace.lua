-- Replaces blocks that follow one another by one in the place of the last: 1 if they were there as told. What is in a
-- stream can't be changed, so that the new block is kept beside it, and stands for the last one.
-- KEYS: stream, replaced; ARGV: first cursor, last cursor, how many, block.
local name = ARGV[2] .. '-0'
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], name)
if #entries == 0 or #entries ~= tonumber(ARGV[3]) or entries[#entries][1] ~= name then
  return 0
end
for i = 1, #entries - 1 do
  redis.call('XDEL', KEYS[1], entries[i][1])
  redis.call('HDEL', KEYS[2], entries[i][1])
end
redis.call('HSET', KEYS[2], name, ARGV[4])
return 1
