-- A page of documents, and 1 if it is the last one.
-- KEYS: versions, values, names; ARGV: from, to, how many, bytes after which the page is full.
local keys = redis.call('ZRANGEBYLEX', KEYS[3], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
local found, bytes = {}, 0
for i, key in ipairs(keys) do
  local value = redis.call('HGET', KEYS[2], key)
  found[i] = {key, redis.call('HGET', KEYS[1], key), value}
  bytes = bytes + #value
  if bytes >= tonumber(ARGV[4]) then
    break
  end
end
local last = #found == #keys and #keys < tonumber(ARGV[3])
return {last and 1 or 0, found}
