# The gateway on Container Apps: the image of the cluster, unchanged. An instance serves many requests at once and is
# not frozen between them, so it works as in a pod.

resource "azurerm_container_app_environment" "this" {
  name                       = "${var.shop.name}-gateway"
  resource_group_name        = var.shop.resource_group
  location                   = var.shop.location
  infrastructure_subnet_id   = azurerm_subnet.gateway.id
  zone_redundancy_enabled    = var.zone_redundant
  logs_destination           = "log-analytics"
  log_analytics_workspace_id = var.shop.workspace_id

  workload_profile {
    name                  = "Consumption"
    workload_profile_type = "Consumption"
  }
}

locals {
  settings = merge(
    {
      # The proxies of Container Apps: in the subnet, or in the network that Azure reserves for the environment.
      GATEWAY__HTTP__TRUSTED_PROXIES      = "10.0.18.0/23,100.64.0.0/10"
      GATEWAY__HTTP__HSTS_MAX_AGE_S       = "31536000"
      GATEWAY__BROKER__URL_FILE           = "/run/secrets/gateway-broker-url"
      GATEWAY__BROKER__CA_PATH            = "/run/secrets/gateway-tls-ca"
      GATEWAY__RATE_LIMIT__REDIS_URL_FILE = "/run/secrets/gateway-redis-url"
      # The proxies end a request after 240 s. The stream ends first, and the client continues in a new one.
      GATEWAY__STREAMS__MAX_MS        = "200000"
      GATEWAY__SHUTDOWN__LAME_DUCK_MS = "15000"
    },
    [
      for service in ["user", "catalog", "order", "payment"] : {
        "GATEWAY__UPSTREAMS__${upper(service)}__URL"                   = "https://${service}.mercantile.svc:${local.ports[service]}"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__DOMAIN"           = service
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__CA_PATH"          = "/run/secrets/gateway-tls-ca"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__CERT_PATH"        = "/run/secrets/gateway-tls-cert"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__PRIVATE_KEY_PATH" = "/run/secrets/gateway-tls-key"
      }
    ]...
  )
}

resource "azurerm_container_app" "gateway" {
  name                         = "${var.shop.name}-gateway"
  resource_group_name          = var.shop.resource_group
  container_app_environment_id = azurerm_container_app_environment.this.id
  workload_profile_name        = "Consumption"
  # A new revision takes the requests when it is ready; the old one then drains.
  revision_mode          = "Single"
  max_inactive_revisions = 5

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.gateway.id]
  }

  registry {
    server   = var.shop.registry
    identity = azurerm_user_assigned_identity.gateway.id
  }

  dynamic "secret" {
    for_each = toset(concat(keys(local.tls_secrets), ["gateway-broker-url", "gateway-redis-url"]))
    content {
      name                = secret.value
      key_vault_secret_id = local.secrets[secret.value].id
      identity            = azurerm_user_assigned_identity.gateway.id
    }
  }

  ingress {
    external_enabled           = true
    allow_insecure_connections = false
    target_port                = 8080
    transport                  = "http"

    traffic_weight {
      latest_revision = true
      percentage      = 100
    }
  }

  template {
    min_replicas = var.instances.min
    max_replicas = var.instances.max
    # 15 s lame duck, 15 s drain, 5 s to stop, and a reserve.
    termination_grace_period_seconds = 50

    http_scale_rule {
      name                = "requests"
      concurrent_requests = "100"
    }

    volume {
      name         = "secrets"
      storage_type = "Secret"
    }

    container {
      name   = "gateway"
      image  = var.image
      cpu    = 0.5
      memory = "1Gi"

      dynamic "env" {
        for_each = local.settings
        content {
          name  = env.key
          value = env.value
        }
      }

      volume_mounts {
        name = "secrets"
        path = "/run/secrets"
      }

      startup_probe {
        transport               = "HTTP"
        port                    = 9080
        path                    = "/livez"
        interval_seconds        = 1
        failure_count_threshold = 30
      }
      readiness_probe {
        transport               = "HTTP"
        port                    = 9080
        path                    = "/readyz"
        interval_seconds        = 2
        timeout                 = 2
        failure_count_threshold = 2
      }
      liveness_probe {
        transport               = "HTTP"
        port                    = 9080
        path                    = "/livez"
        interval_seconds        = 10
        timeout                 = 5
        failure_count_threshold = 3
      }
    }
  }

  depends_on = [
    azurerm_private_dns_a_record.upstream,
    azurerm_private_dns_zone_virtual_network_link.this,
    azurerm_private_endpoint.vault,
    azurerm_role_assignment.pull,
    azurerm_role_assignment.secret,
  ]
}

# Azure's deletion protection: a lock.
resource "azurerm_management_lock" "this" {
  count = var.protect ? 1 : 0

  name       = "protect"
  scope      = azurerm_container_app_environment.this.id
  lock_level = "CanNotDelete"
  notes      = "Set protect to false first."
}
