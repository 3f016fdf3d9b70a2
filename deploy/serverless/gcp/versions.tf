terraform {
  # 1.11 is the first version with write-only arguments, which keep the private key out of the state.
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.0"
    }
  }
}

provider "google" {
  project        = var.shop.project
  region         = var.shop.region
  default_labels = { shop = var.shop.name }
}
