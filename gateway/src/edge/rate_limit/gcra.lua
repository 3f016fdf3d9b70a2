-- GCRA over one or more counters: all of them allow the request, or nothing is taken.
-- KEYS[i]: a counter. ARGV[2i-1]: microseconds between two requests; ARGV[2i]: microseconds that a
-- client may be ahead. A counter holds the time at which its client is back at the steady rate.
-- Answers allowed (0 or 1), index of the tightest counter, remaining, wait and reset in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ends = {}
local tightest, least, reset = 1, nil, 0
for i, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = math.max(tonumber(redis.call('GET', key) or '0'), now)
  local room = now + tolerance - (at + interval)
  if room < 0 then
    return {0, i, 0, -room, at - now}
  end
  ends[i] = at + interval
  local remaining = math.floor(room / interval)
  if least == nil or remaining < least then
    tightest, least, reset = i, remaining, ends[i] - now
  end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', ends[i]), 'PX', math.ceil((ends[i] - now) / 1000))
end
return {1, tightest, least, 0, reset}
