# AKS with Azure CNI overlay and Cilium, which enforces NetworkPolicies. Azure makes the control plane's upgrades and
# the nodes' security patches.

resource "azurerm_user_assigned_identity" "this" {
  for_each = toset(["cluster", "kubelet"])

  name                = "${var.name}-${each.value}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
}

# The cluster joins nodes to the subnet, finds the address of the load balancer in the group, and gives the nodes the
# identity that pulls images.
resource "azurerm_role_assignment" "cluster" {
  for_each = {
    "Network Contributor"       = azurerm_resource_group.this.id
    "Managed Identity Operator" = azurerm_user_assigned_identity.this["kubelet"].id
  }

  scope                = each.value
  role_definition_name = each.key
  principal_id         = azurerm_user_assigned_identity.this["cluster"].principal_id
}

resource "azurerm_kubernetes_cluster" "this" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  dns_prefix          = var.name
  sku_tier            = var.cluster_tier

  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "SecurityPatch"

  # Operators sign in by Entra ID, and Azure's roles say what they may do. There is no certificate of an
  # administrator.
  local_account_disabled            = true
  role_based_access_control_enabled = true
  azure_active_directory_role_based_access_control {
    azure_rbac_enabled = true
    tenant_id          = var.tenant_id
  }

  api_server_access_profile {
    # Nodes reach the API server through the NAT gateway.
    authorized_ip_ranges = setunion(var.api_allowed_cidrs, ["${azurerm_public_ip.nat.ip_address}/32"])
  }

  oidc_issuer_enabled       = true
  workload_identity_enabled = true
  run_command_enabled       = false

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["cluster"].id]
  }
  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.this["kubelet"].client_id
    object_id                 = azurerm_user_assigned_identity.this["kubelet"].principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.this["kubelet"].id
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    outbound_type       = "userAssignedNATGateway"
    pod_cidr            = "10.244.0.0/16"
    service_cidr        = "10.245.0.0/16"
    dns_service_ip      = "10.245.0.10"
  }

  default_node_pool {
    name                 = "nodes"
    vm_size              = var.nodes.size
    os_sku               = "AzureLinux"
    vnet_subnet_id       = azurerm_subnet.nodes.id
    zones                = ["1", "2", "3"]
    auto_scaling_enabled = true
    min_count            = var.nodes.min
    max_count            = var.nodes.max
    # A change of the size moves the pods to a pool of this name first.
    temporary_name_for_rotation = "rotation"

    upgrade_settings {
      max_surge = "33%"
    }
  }

  depends_on = [
    azurerm_role_assignment.cluster,
    azurerm_subnet_nat_gateway_association.nodes,
  ]
}

resource "azurerm_role_assignment" "cluster_admin" {
  for_each = var.operators

  scope                = azurerm_kubernetes_cluster.this.id
  role_definition_name = "Azure Kubernetes Service RBAC Cluster Admin"
  principal_id         = each.value
}

# For `az aks get-credentials`.
resource "azurerm_role_assignment" "cluster_user" {
  for_each = var.operators

  scope                = azurerm_kubernetes_cluster.this.id
  role_definition_name = "Azure Kubernetes Service Cluster User Role"
  principal_id         = each.value
}

# Who did what at the API server.
resource "azurerm_log_analytics_workspace" "this" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  sku                 = "PerGB2018"
  retention_in_days   = 30
}

resource "azurerm_monitor_diagnostic_setting" "cluster" {
  name                       = "audit"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category = "kube-audit-admin"
  }
  enabled_log {
    category = "guard"
  }
}
