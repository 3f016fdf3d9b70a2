# Starts with the first request, and ends some minutes after the last one.
protect   = false
instances = { min = 0, max = 4 }
