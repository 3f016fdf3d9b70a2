-- Takes one request of each counter back, as gcra.lua counted it.
-- KEYS[i]: a counter. ARGV[i]: microseconds between two requests at the steady rate.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i, key in ipairs(KEYS) do
  local at = tonumber(redis.call('GET', key) or '0') - tonumber(ARGV[i])
  if at > now then
    redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
  else
    redis.call('DEL', key)
  end
end
return 0
