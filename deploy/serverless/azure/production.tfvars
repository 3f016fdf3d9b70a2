zone_redundant = true
instances      = { min = 2, max = 20 }
