memory_mib          = 1024
max_instances       = { requests = 200, streams = 100 }
requests_per_second = { rate = 1000, burst = 2000 }
