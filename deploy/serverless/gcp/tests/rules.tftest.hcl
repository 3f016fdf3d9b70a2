# What must hold in every project. faults.toml plants a fault for each assertion.

mock_provider "google" {
  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.20" }
  }
}

variables {
  shop = {
    name     = "mercantile"
    project  = "example"
    region   = "europe-west4"
    network  = "projects/example/global/networks/mercantile"
    nodes    = "projects/example/regions/europe-west4/subnetworks/mercantile-nodes"
    dns_zone = "mercantile"
    secrets  = ["gateway-broker-url", "gateway-redis-url", "redis-ca"]
  }
  host        = "api.shop.example.com"
  image       = "europe-west4-docker.pkg.dev/example/mercantile/gateway@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
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
    instances = run.production_sizes.values.instances
  }

  # Who can reach what

  assert {
    condition     = google_cloud_run_v2_service.gateway.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    error_message = "the service answers past the load balancer"
  }
  assert {
    condition     = google_compute_ssl_policy.this.min_tls_version == "TLS_1_2" && google_compute_target_https_proxy.this.ssl_policy == google_compute_ssl_policy.this.id
    error_message = "old versions of TLS are accepted"
  }
  assert {
    condition     = google_compute_url_map.redirect.default_url_redirect[0].https_redirect
    error_message = "the gateway answers without TLS"
  }
  assert {
    condition     = google_cloud_run_v2_service.gateway.template[0].containers[0].ports[0].container_port == 8080
    error_message = "metrics are public"
  }
  assert {
    condition     = google_cloud_run_v2_service.gateway.template[0].vpc_access[0].network_interfaces[0].subnetwork == google_compute_subnetwork.gateway.id
    error_message = "the gateway is not in its subnet"
  }
  assert {
    condition = google_compute_subnetwork.gateway.ip_cidr_range == "10.0.18.0/24" && (
      length(regexall("10\\.0\\.18\\.0/24", file("kubernetes/kustomization.yaml"))) == 2
    )
    error_message = "the cluster admits another network than that of the gateway"
  }
  assert {
    condition = alltrue([
      for name, record in google_dns_record_set.upstream :
      strcontains(file("kubernetes/kustomization.yaml"), "name: ${name}-internal }, spec: { loadBalancerIP: ${one(record.rrdatas)} }")
    ])
    error_message = "a name leads to another address than that of its load balancer"
  }
  assert {
    condition = google_dns_managed_zone.cluster.dns_name == "mercantile.svc." && google_dns_managed_zone.cluster.visibility == "private" && (
      one(google_dns_managed_zone.cluster.private_visibility_config[0].networks).network_url == var.shop.network
    )
    error_message = "the names of the cluster lead nowhere, or are public"
  }
  assert {
    condition     = local.settings.GATEWAY__HTTP__TRUSTED_PROXIES == "169.254.0.0/16,35.191.0.0/16,130.211.0.0/22,203.0.113.20"
    error_message = "a client can choose its own address"
  }

  # Secrets and rights

  assert {
    condition     = alltrue([for version in google_secret_manager_secret_version.tls : !strcontains(version.secret_data, "BEGIN")])
    error_message = "the state has the private key"
  }
  assert {
    condition = alltrue([
      for member in google_secret_manager_secret_iam_member.gateway :
      member.role == "roles/secretmanager.secretAccessor" && member.member == google_service_account.gateway.member
    ])
    error_message = "others can read the secrets, or the gateway can change them"
  }
  assert {
    condition     = google_cloud_run_v2_service.gateway.template[0].service_account == google_service_account.gateway.email
    error_message = "the gateway runs as the account that may edit the project"
  }
  assert {
    condition = toset([
      for path in values(local.settings) : dirname(path) if startswith(path, "/run/secrets/")
    ]) == toset([for mount in google_cloud_run_v2_service.gateway.template[0].containers[0].volume_mounts : mount.mount_path])
    error_message = "a secret that the settings name is not mounted"
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.tls : secret.deletion_protection])
    error_message = "a secret can be deleted"
  }
  assert {
    condition     = google_cloud_run_v2_service.gateway.deletion_protection
    error_message = "the service can be deleted"
  }

  # Settings

  assert {
    condition = alltrue([
      for env in google_cloud_run_v2_service.gateway.template[0].containers[0].env : strcontains(
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
    condition = tonumber(trimsuffix(google_cloud_run_v2_service.gateway.template[0].timeout, "s")) * 1000 > tonumber(
      regex("\nmax_ms = ([0-9]+)\n", file("../../../gateway/config/default.toml"))[0]
    )
    error_message = "Cloud Run ends a stream before the gateway does"
  }
  assert {
    condition = tonumber(local.settings.GATEWAY__SHUTDOWN__LAME_DUCK_MS) + (
      tonumber(local.settings.GATEWAY__SHUTDOWN__DRAIN_MS) + tonumber(local.settings.GATEWAY__SHUTDOWN__STOP_MS)
    ) < 10000
    error_message = "the gateway is killed before it has drained"
  }
  assert {
    condition = google_cloud_run_v2_service.gateway.template[0].containers[0].startup_probe[0].http_get[0].path == "/readyz" && (
      google_cloud_run_v2_service.gateway.template[0].containers[0].startup_probe[0].http_get[0].port == 9080
    )
    error_message = "requests reach a gateway that is not ready"
  }
  assert {
    condition     = !google_cloud_run_v2_service.gateway.template[0].containers[0].resources[0].cpu_idle
    error_message = "the gateway stands still between requests"
  }

  # Bounds

  assert {
    condition     = google_cloud_run_v2_service.gateway.template[0].scaling[0].max_instance_count == 20
    error_message = "the number of instances is not bounded"
  }
  assert {
    condition     = google_cloud_run_v2_service.gateway.template[0].scaling[0].min_instance_count == 2
    error_message = "customers wait for a start"
  }
  assert {
    condition     = tonumber(local.settings.GATEWAY__STREAMS__MAX) * 2 <= google_cloud_run_v2_service.gateway.template[0].max_instance_request_concurrency
    error_message = "streams take the place of other requests"
  }
  assert {
    condition     = contains(google_dns_record_set.caa.rrdatas, "0 issue \"pki.goog\"")
    error_message = "no certificate can be issued for the host"
  }
}

# small.tfvars can be destroyed by one command, and costs little while nobody calls.
run "small" {
  # Not an update of the gateway above.
  state_key = "small"

  variables {
    protect   = run.small_sizes.values.protect
    instances = run.small_sizes.values.instances
  }

  assert {
    condition     = !google_cloud_run_v2_service.gateway.deletion_protection
    error_message = "without protect, the service cannot be destroyed"
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.tls : !secret.deletion_protection])
    error_message = "without protect, secrets cannot be destroyed"
  }
  assert {
    condition     = google_cloud_run_v2_service.gateway.template[0].scaling[0].min_instance_count == 0
    error_message = "the small gateway runs without requests"
  }
}

run "refused_values" {
  command = plan

  variables {
    instances = run.small_sizes.values.instances
    image     = "europe-west4-docker.pkg.dev/example/mercantile/gateway:1.0.0"
  }
  expect_failures = [var.image]
}
