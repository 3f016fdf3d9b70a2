# What must hold in every account. faults.toml plants a fault for each assertion.

mock_provider "azurerm" {
  mock_resource "azurerm_key_vault_secret" {
    defaults = { versionless_id = "https://v/secrets/tls", resource_versionless_id = "/vault/secrets/tls" }
  }
  mock_resource "azurerm_container_app" {
    defaults = { custom_domain_verification_id = "verification" }
  }
}

variables {
  subscription_id = "00000000-0000-0000-0000-000000000001"
  shop = {
    name           = "mercantile"
    resource_group = "mercantile"
    location       = "westeurope"
    network        = "mercantile"
    network_id     = "/network"
    endpoints_id   = "/network/endpoints"
    dns_zone       = "shop.example.com"
    vault_id       = "/vault"
    registry       = "mercantilea1b2.azurecr.io"
    registry_id    = "/registry"
    workspace_id   = "/workspace"
    secrets = {
      gateway-broker-url = { id = "https://v/secrets/gateway-broker-url", role_id = "/vault/secrets/gateway-broker-url" }
      gateway-redis-url  = { id = "https://v/secrets/gateway-redis-url", role_id = "/vault/secrets/gateway-redis-url" }
    }
  }
  label       = "api"
  image       = "mercantilea1b2.azurecr.io/gateway@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  gateway_tls = { "tls.crt" = "BEGIN CERTIFICATE", "tls.key" = "BEGIN PRIVATE", "ca.crt" = "BEGIN CERTIFICATE" }
}

run "production_sizes" {
  variables {
    file = "production.tfvars"
  }
  module {
    source = "../../terraform/tests/sizes"
  }
}

run "small_sizes" {
  variables {
    file = "small.tfvars"
  }
  module {
    source = "../../terraform/tests/sizes"
  }
}

run "production" {
  variables {
    zone_redundant = run.production_sizes.values.zone_redundant
    instances      = run.production_sizes.values.instances
  }

  # Who can reach what

  assert {
    condition     = !azurerm_container_app.gateway.ingress[0].allow_insecure_connections
    error_message = "the gateway answers without TLS"
  }
  assert {
    condition     = azurerm_container_app.gateway.ingress[0].target_port == 8080
    error_message = "metrics are public"
  }
  assert {
    condition     = azurerm_container_app_environment.this.infrastructure_subnet_id == azurerm_subnet.gateway.id
    error_message = "the gateway is not in the network of the shop"
  }
  assert {
    condition = azurerm_subnet.gateway.address_prefixes == tolist(["10.0.18.0/23"]) && (
      length(regexall("10\\.0\\.18\\.0/23", file("kubernetes/kustomization.yaml"))) == 2
    )
    error_message = "the cluster admits another network than that of the gateway"
  }
  assert {
    condition = alltrue([
      for name, record in azurerm_private_dns_a_record.upstream :
      strcontains(file("kubernetes/kustomization.yaml"), "name: ${name}-internal, annotations: { service.beta.kubernetes.io/azure-load-balancer-ipv4: ${one(record.records)} }")
    ])
    error_message = "a name leads to another address than that of its load balancer"
  }
  assert {
    condition = alltrue([
      for address in values(local.addresses) : cidrhost("${address}/28", 0) == cidrhost(azurerm_subnet.upstreams.address_prefixes[0], 0)
    ]) && strcontains(file("kubernetes/kustomization.yaml"), "internal-subnet: ${azurerm_subnet.upstreams.name}\n")
    error_message = "the load balancers of the services are in another subnet"
  }
  assert {
    condition     = azurerm_private_dns_zone.this["cluster"].name == "mercantile.svc" && length(azurerm_private_dns_zone_virtual_network_link.this) == 2
    error_message = "the names of the cluster lead nowhere"
  }
  assert {
    condition     = azurerm_private_endpoint.vault.private_service_connection[0].private_connection_resource_id == var.shop.vault_id
    error_message = "the gateway cannot reach the vault"
  }
  assert {
    condition     = local.settings.GATEWAY__HTTP__TRUSTED_PROXIES == "10.0.18.0/23,100.64.0.0/10"
    error_message = "a client can choose its own address"
  }

  # Secrets and rights

  assert {
    condition     = alltrue([for secret in azurerm_key_vault_secret.tls : !strcontains(secret.value, "BEGIN")])
    error_message = "the state has the private key"
  }
  assert {
    condition     = alltrue([for secret in azurerm_container_app.gateway.secret : startswith(secret.key_vault_secret_id, "https://v/secrets/")])
    error_message = "a secret is not read from the vault"
  }
  assert {
    condition     = alltrue([for role in azurerm_role_assignment.secret : role.role_definition_name == "Key Vault Secrets User" && startswith(role.scope, "/vault/secrets/")])
    error_message = "the gateway may read the whole vault"
  }
  assert {
    condition     = azurerm_role_assignment.pull.role_definition_name == "AcrPull"
    error_message = "the gateway may change images"
  }
  assert {
    condition = toset([
      for path in values(local.settings) : trimprefix(path, "/run/secrets/") if startswith(path, "/run/secrets/")
    ]) == toset([for secret in azurerm_container_app.gateway.secret : secret.name])
    error_message = "a secret that the settings name is not mounted"
  }

  # Settings

  assert {
    condition = alltrue([
      for env in azurerm_container_app.gateway.template[0].container[0].env : strcontains(
        file("../../../gateway/config/default.toml"), "${lower(trimsuffix(reverse(split("__", env.name))[0], "_FILE"))} = "
      )
    ])
    error_message = "a setting is unknown to the gateway"
  }
  assert {
    condition = alltrue([
      for service in ["user", "catalog", "order", "payment"] :
      local.settings["GATEWAY__UPSTREAMS__${upper(service)}__URL"] == "https://${service}.mercantile.svc:${local.ports[service]}" &&
      local.settings["GATEWAY__UPSTREAMS__${upper(service)}__TLS__DOMAIN"] == service
    ])
    error_message = "a service is called without TLS, or as another"
  }
  assert {
    condition     = tonumber(local.settings.GATEWAY__STREAMS__MAX_MS) < 240000
    error_message = "the proxies end a stream before the gateway does"
  }
  assert {
    condition     = azurerm_container_app.gateway.template[0].container[0].readiness_probe[0].path == "/readyz" && azurerm_container_app.gateway.template[0].container[0].readiness_probe[0].port == 9080
    error_message = "requests reach a gateway that is not ready"
  }
  assert {
    condition     = azurerm_container_app.gateway.template[0].termination_grace_period_seconds * 1000 >= tonumber(local.settings.GATEWAY__SHUTDOWN__LAME_DUCK_MS) + 15000 + 5000
    error_message = "the gateway is killed before it has drained"
  }

  # Bounds

  assert {
    condition     = azurerm_container_app.gateway.template[0].max_replicas == 20
    error_message = "the number of instances is not bounded"
  }
  assert {
    condition     = azurerm_container_app.gateway.template[0].min_replicas == 2 && azurerm_container_app_environment.this.zone_redundancy_enabled
    error_message = "a zone takes the gateway down"
  }
  assert {
    condition     = azurerm_management_lock.this[0].lock_level == "CanNotDelete" && azurerm_management_lock.this[0].scope == azurerm_container_app_environment.this.id
    error_message = "the environment can be deleted"
  }
  assert {
    condition     = azurerm_container_app_custom_domain.host.name == "api.shop.example.com" && azurerm_dns_txt_record.host.name == "asuid.api"
    error_message = "the host name is not bound"
  }
}

# small.tfvars can be destroyed by one command, and costs nothing while nobody calls.
run "small" {
  # Not an update of the gateway above.
  state_key = "small"

  variables {
    protect        = run.small_sizes.values.protect
    zone_redundant = run.small_sizes.values.zone_redundant
    instances      = run.small_sizes.values.instances
  }

  assert {
    condition     = length(azurerm_management_lock.this) == 0
    error_message = "without protect, a lock prevents destroy"
  }
  assert {
    condition     = azurerm_container_app.gateway.template[0].min_replicas == 0
    error_message = "the small gateway runs without requests"
  }
}

run "refused_values" {
  command = plan

  variables {
    zone_redundant = run.small_sizes.values.zone_redundant
    instances      = run.small_sizes.values.instances
    image          = "mercantilea1b2.azurecr.io/gateway:1.0.0"
  }
  expect_failures = [var.image]
}
