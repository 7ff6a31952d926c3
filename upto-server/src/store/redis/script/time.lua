-- Seconds and nanoseconds as a text of fixed length, which sorts as the time does. Numbers of Lua
-- are too short for nanoseconds since the epoch. What is too far away to be written is the end of time.
local function stamp(seconds, nanos)
  if seconds > 99999999999 then
    return string.rep('9', 20)
  end
  return string.format('%011.0f%09.0f', seconds, nanos)
end

-- Now, and what is `hold_seconds` and `hold_nanos` after it. Without a given time, by the server's clock.
local function times(seconds, nanos, hold_seconds, hold_nanos)
  if seconds == '' then
    local time = redis.call('TIME')
    seconds, nanos = time[1], time[2] * 1000
  end
  local end_seconds, end_nanos = seconds + hold_seconds, nanos + hold_nanos
  if end_nanos >= 1000000000 then
    end_seconds, end_nanos = end_seconds + 1, end_nanos - 1000000000
  end
  return stamp(tonumber(seconds), tonumber(nanos)), stamp(end_seconds, end_nanos)
end

