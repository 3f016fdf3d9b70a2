# Starts with the first request, and ends some minutes after the last one.
protect             = false
memory_mib          = 512
max_instances       = { requests = 20, streams = 10 }
requests_per_second = { rate = 50, burst = 100 }
