# For the tests of the three roots: the values of a tfvars file, and the pool sizes of the services.

variable "file" {
  description = "Path of the tfvars file, from the root."
  type        = string
}

terraform {
  required_providers {
    terraform = {
      source = "terraform.io/builtin/terraform"
    }
  }
}

output "values" {
  value = provider::terraform::decode_tfvars(file(var.file))
}

output "pool_sizes" {
  value = {
    for service in ["catalog", "order", "payment", "user"] :
    service => tonumber(regex("\npool_size = ([0-9]+)\n", file("../../../services/${service}/config/default.toml"))[0])
  }
}
