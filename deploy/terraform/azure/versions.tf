terraform {
  # 1.11 is the first version with write-only arguments, which keep passwords out of the state.
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
  # Storage by Entra ID: the account has no keys.
  storage_use_azuread = true

  features {
    key_vault {
      # A deleted vault keeps its name for days, so a second deployment fails. Without protection it is purged.
      purge_soft_delete_on_destroy    = !var.protect
      recover_soft_deleted_key_vaults = true
      recover_soft_deleted_secrets    = true
    }
    resource_group {
      # The load balancer and the disks that Kubernetes made are not in the state.
      prevent_deletion_if_contains_resources = var.protect
    }
  }
}
