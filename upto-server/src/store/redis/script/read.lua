-- Blocks from a cursor on, and 1 if there are no more. KEYS: stream, replaced; ARGV: first cursor, how many, bytes
-- after which it is enough.
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
local last = #entries < tonumber(ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then
  return {last and 1 or 0, entries}
end
local found, bytes = {}, 0
for i, entry in ipairs(entries) do
  local block = redis.call('HGET', KEYS[2], entry[1]) or entry[2][2]
  found[i] = {entry[1], {'b', block}}
  bytes = bytes + #block
  if bytes >= tonumber(ARGV[3]) then
    break
  end
end
return {last and #found == #entries and 1 or 0, found}
