-- GCRA over one or more counters. If one of them rejects the request, none is changed.
-- KEYS[i]: a counter. ARGV[2i-1]: microseconds between two requests at the steady rate; ARGV[2i]:
-- microseconds that a client may be ahead of it. A counter holds the theoretical arrival time.
-- Returns allowed (0 or 1), index of the counter with the least remaining, remaining, wait and reset
-- in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ends = {}
local tightest, least, reset = 1, nil, 0
for i, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = math.max(tonumber(redis.call('GET', key) or '0'), now)
  local slack = now + tolerance - (at + interval)
  if slack < 0 then
    return {0, i, 0, -slack, at - now}
  end
  ends[i] = at + interval
  local remaining = math.floor(slack / interval)
  if least == nil or remaining < least then
    tightest, least, reset = i, remaining, ends[i] - now
  end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', ends[i]), 'PX', math.ceil((ends[i] - now) / 1000))
end
return {1, tightest, least, 0, reset}
