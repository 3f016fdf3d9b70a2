# What the overlay deploy/kubernetes/overlays/aks and docs/deploy/aks.md use. Nothing here is secret.

output "resource_group" {
  value = azurerm_resource_group.this.name
}

output "cluster_name" {
  value = azurerm_kubernetes_cluster.this.name
}

output "tenant_id" {
  value = var.tenant_id
}

output "domain" {
  value = var.domain
}

output "name_servers" {
  description = "For the NS record of the domain at its parent."
  value       = azurerm_dns_zone.this.name_servers
}

output "edge_address_name" {
  description = "For the annotation service.beta.kubernetes.io/azure-pip-name."
  value       = azurerm_public_ip.edge.name
}

output "edge_resource_group" {
  description = "For the annotation service.beta.kubernetes.io/azure-load-balancer-resource-group."
  value       = azurerm_public_ip.edge.resource_group_name
}

output "vnet_cidr" {
  description = "For the NetworkPolicies of egress to the servers."
  value       = one(azurerm_virtual_network.this.address_space)
}

output "pod_cidr" {
  description = "For GATEWAY__HTTP__TRUSTED_PROXIES: Envoy is a pod."
  value       = azurerm_kubernetes_cluster.this.network_profile[0].pod_cidr
}

output "registry" {
  value = azurerm_container_registry.this.login_server
}

output "vault_url" {
  description = "For the SecretStore."
  value       = azurerm_key_vault.this.vault_uri
}

output "secrets" {
  description = "Name in the vault of each secret, for the ExternalSecrets."
  value       = local.secret_names
}

output "identities" {
  description = "For the annotation azure.workload.identity/client-id of each service account."
  value       = { for name, identity in azurerm_user_assigned_identity.workload : name => identity.client_id }
}

output "postgres_host" {
  value = azurerm_postgresql_flexible_server.this.fqdn
}

output "postgres_admin" {
  value = azurerm_postgresql_flexible_server.this.administrator_login
}

output "redis_host" {
  value = azurerm_managed_redis.this.hostname
}

output "backup_container" {
  value = "${azurerm_storage_account.backup.primary_blob_endpoint}${azurerm_storage_container.backup.name}"
}

output "max_replicas" {
  description = "The autoscalers must not have more: PostgreSQL has no connections for them."
  value       = var.max_replicas
}

output "serverless" {
  description = "The variable `shop` of deploy/serverless/azure."
  value = {
    name           = var.name
    resource_group = azurerm_resource_group.this.name
    location       = var.location
    network        = azurerm_virtual_network.this.name
    network_id     = azurerm_virtual_network.this.id
    endpoints_id   = azurerm_subnet.endpoints.id
    dns_zone       = azurerm_dns_zone.this.name
    vault_id       = azurerm_key_vault.this.id
    registry       = azurerm_container_registry.this.login_server
    registry_id    = azurerm_container_registry.this.id
    workspace_id   = azurerm_log_analytics_workspace.this.id
    secrets = {
      for name in ["gateway/broker_url", "gateway/redis_url"] : local.secret_names[name] => {
        id      = merge(azurerm_key_vault_secret.broker, azurerm_key_vault_secret.redis)[name].versionless_id
        role_id = merge(azurerm_key_vault_secret.broker, azurerm_key_vault_secret.redis)[name].resource_versionless_id
      }
    }
  }
}
