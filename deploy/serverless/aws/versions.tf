terraform {
  # 1.11 is the first version with write-only arguments, which keep the private key out of the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.shop.region

  default_tags {
    tags = { shop = var.shop.name }
  }
}
