-- A page of the names of a shard's streams, and where the next page begins: 0 behind the last one.
-- KEYS: numbers; ARGV: where it begins, prefix of the streams' keys, how many keys are looked at.
local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[3])
local names = {}
for _, key in ipairs(page[2]) do
  if string.sub(key, 1, #ARGV[2]) == ARGV[2] then
    names[#names + 1] = string.sub(key, #ARGV[2] + 1)
  end
end
return {page[1], names}
