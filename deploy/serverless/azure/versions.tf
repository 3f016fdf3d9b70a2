terraform {
  # 1.11 is the first version with write-only arguments, which keep the private key out of the state.
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  subscription_id = var.subscription_id

  features {
    key_vault {
      recover_soft_deleted_secrets = true
    }
  }
}
