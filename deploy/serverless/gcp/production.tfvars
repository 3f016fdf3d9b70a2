instances = { min = 2, max = 20 }
