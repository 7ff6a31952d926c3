-- Appends a block to each stream. KEYS: numbers, a stream per block; ARGV: the blocks.
local last = redis.call('HINCRBY', KEYS[1], 'cursor', #ARGV)
for i = 1, #ARGV do
  redis.call('XADD', KEYS[i + 1], string.format('%.0f-0', last - #ARGV + i), 'b', ARGV[i])
end
return #ARGV
