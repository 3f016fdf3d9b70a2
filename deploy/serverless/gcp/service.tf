# The gateway on Cloud Run: the image of the cluster, unchanged. An instance serves many requests at once and has its
# processor between them, so it works as in a pod.

locals {
  settings = merge(
    {
      # The proxy beside the instance, the front ends of Google, and the load balancer, which adds its own address.
      GATEWAY__HTTP__TRUSTED_PROXIES      = "169.254.0.0/16,35.191.0.0/16,130.211.0.0/22,${google_compute_global_address.this.address}"
      GATEWAY__HTTP__HSTS_MAX_AGE_S       = "31536000"
      GATEWAY__BROKER__URL_FILE           = "/run/secrets/gateway-broker-url/value"
      GATEWAY__BROKER__CA_PATH            = "/run/secrets/gateway-tls-ca/value"
      GATEWAY__RATE_LIMIT__REDIS_URL_FILE = "/run/secrets/gateway-redis-url/value"
      GATEWAY__RATE_LIMIT__REDIS_CA_PATH  = "/run/secrets/redis-ca/value"
      # Half of the requests that an instance takes.
      GATEWAY__STREAMS__MAX = "100"
      # Cloud Run kills a process 10 s after SIGTERM, and sends nothing to it meanwhile.
      GATEWAY__SHUTDOWN__LAME_DUCK_MS = "0"
      GATEWAY__SHUTDOWN__DRAIN_MS     = "7000"
      GATEWAY__SHUTDOWN__STOP_MS      = "2000"
    },
    [
      for service in ["user", "catalog", "order", "payment"] : {
        "GATEWAY__UPSTREAMS__${upper(service)}__URL"                   = "https://${service}.mercantile.svc:${local.ports[service]}"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__DOMAIN"           = service
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__CA_PATH"          = "/run/secrets/gateway-tls-ca/value"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__CERT_PATH"        = "/run/secrets/gateway-tls-cert/value"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__PRIVATE_KEY_PATH" = "/run/secrets/gateway-tls-key/value"
      }
    ]...
  )
}

resource "google_cloud_run_v2_service" "gateway" {
  name                = "${var.shop.name}-gateway"
  location            = var.shop.region
  deletion_protection = var.protect
  # Only the load balancer reaches it. The gateway authenticates, not Google.
  ingress              = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  invoker_iam_disabled = true

  template {
    service_account                  = google_service_account.gateway.email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 200
    # Longer than streams.max_ms: the stream ends first, and the client continues in a new one.
    timeout = "660s"

    scaling {
      min_instance_count = var.instances.min
      max_instance_count = var.instances.max
    }

    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"
      network_interfaces {
        network    = var.shop.network
        subnetwork = google_compute_subnetwork.gateway.id
      }
    }

    dynamic "volumes" {
      for_each = local.secrets
      content {
        name = volumes.value
        secret {
          secret = volumes.value
          items {
            path    = "value"
            version = "latest"
          }
        }
      }
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      resources {
        limits            = { cpu = "1", memory = "512Mi" }
        cpu_idle          = false
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.settings
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "volume_mounts" {
        for_each = local.secrets
        content {
          name       = volume_mounts.value
          mount_path = "/run/secrets/${volume_mounts.value}"
        }
      }

      # Requests come after it.
      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 60
        http_get {
          path = "/readyz"
          port = 9080
        }
      }
      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/livez"
          port = 9080
        }
      }
    }
  }

  depends_on = [
    google_dns_record_set.upstream,
    google_project_service.run,
    google_secret_manager_secret_iam_member.gateway,
    google_secret_manager_secret_version.tls,
  ]
}
