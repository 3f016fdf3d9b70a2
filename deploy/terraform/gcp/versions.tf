terraform {
  # 1.11 is the first version with write-only arguments, which keep passwords out of the state.
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
  # The API of budgets counts its calls for this project.
  user_project_override = true
  billing_project       = var.project
  default_labels        = { shop = var.name }
}
