# What must hold in every project. faults.toml plants a fault for each assertion.

mock_provider "google" {
  mock_resource "google_memorystore_instance" {
    defaults = {
      endpoints = [{
        connections = [{
          psc_auto_connection = [{ connection_type = "CONNECTION_TYPE_PRIMARY", ip_address = "10.0.16.9" }]
        }]
      }]
    }
  }
}

variables {
  suffix            = "a1b2"
  project           = "example"
  project_number    = "123456789012"
  billing_account   = "000000-000000-000000"
  region            = "europe-west4"
  domain            = "shop.example.com"
  api_allowed_cidrs = ["198.51.100.0/24"]
  cluster_admins    = ["group:operators@example.com"]
  alarm_emails      = ["operator@example.com"]
  passwords = {
    "broker/autoscaling"               = "secret"
    "broker/catalog"                   = "secret"
    "broker/gateway"                   = "secret"
    "broker/order"                     = "secret"
    "broker/payment"                   = "secret"
    "broker/user"                      = "secret"
    "catalog/token_secrets"            = "secret"
    "database/administrator"           = "secret"
    "database/catalog"                 = "secret"
    "database/catalog_owner"           = "secret"
    "database/order"                   = "secret"
    "database/order_owner"             = "secret"
    "database/payment"                 = "secret"
    "database/payment_owner"           = "secret"
    "database/user"                    = "secret"
    "database/user_owner"              = "secret"
    "order/token_secrets"              = "secret"
    "payment/provider_secret_key"      = "secret"
    "payment/token_secrets"            = "secret"
    "payment/webhook_secrets"          = "secret"
    "user/signing_keys_encryption_key" = "secret"
    "user/smtp_url"                    = "secret"
    "user/token_secrets"               = "secret"
  }
}

run "production_sizes" {
  variables {
    file = "production.tfvars"
  }
  module {
    source = "../tests/sizes"
  }
}

run "small_sizes" {
  variables {
    file = "small.tfvars"
  }
  module {
    source = "../tests/sizes"
  }
}

run "production" {
  variables {
    postgres       = run.production_sizes.values.postgres
    redis          = run.production_sizes.values.redis
    max_replicas   = run.production_sizes.values.max_replicas
    monthly_budget = run.production_sizes.values.monthly_budget
  }

  # PostgreSQL

  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled && length(google_sql_database_instance.this.settings[0].ip_configuration[0].authorized_networks) == 0
    error_message = "postgres is public"
  }
  assert {
    condition     = alltrue([for psc in google_sql_database_instance.this.settings[0].ip_configuration[0].psc_config : psc.allowed_consumer_projects == toset(["example"])])
    error_message = "another project can connect to postgres"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "postgres accepts connections without TLS"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].ip_configuration[0].server_ca_mode == "GOOGLE_MANAGED_CAS_CA"
    error_message = "the certificate of postgres has no name"
  }
  assert {
    condition     = !strcontains(google_sql_user.administrator.password, "secret")
    error_message = "the state has the password of the administrator"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].backup_configuration[0].enabled && google_sql_database_instance.this.settings[0].backup_configuration[0].backup_retention_settings[0].retained_backups >= 30
    error_message = "postgres keeps fewer than 30 backups"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled && google_sql_database_instance.this.settings[0].backup_configuration[0].transaction_log_retention_days == 7
    error_message = "postgres cannot be restored to a point in time of the last week"
  }
  assert {
    condition     = google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled
    error_message = "postgres can be deleted"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].retain_backups_on_delete
    error_message = "backups are deleted with postgres"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].availability_type == "REGIONAL"
    error_message = "postgres has no standby in another zone"
  }
  assert {
    condition     = var.pool_sizes == tomap(run.production_sizes.pool_sizes)
    error_message = "pool_sizes differ from services/*/config/default.toml"
  }
  assert {
    condition = contains(
      [for flag in google_sql_database_instance.this.settings[0].database_flags : "${flag.name}=${flag.value}"], "max_connections=${local.connections}"
    )
    error_message = "max_connections differs from the budget"
  }

  # Redis

  assert {
    condition     = google_memorystore_instance.this.transit_encryption_mode == "SERVER_AUTHENTICATION"
    error_message = "redis accepts connections without TLS"
  }
  assert {
    condition     = google_memorystore_instance.this.mode == "CLUSTER_DISABLED"
    error_message = "redis redirects clients"
  }
  assert {
    condition     = [for e in google_memorystore_instance.this.desired_auto_created_endpoints : e.network] == [google_compute_network.this.id]
    error_message = "redis is not in the network of the shop"
  }
  assert {
    condition     = google_memorystore_instance.this.replica_count == 1
    error_message = "redis has no replica"
  }
  assert {
    condition     = google_memorystore_instance.this.deletion_protection_enabled
    error_message = "redis can be deleted"
  }

  # The cluster

  assert {
    condition     = toset([for block in google_container_cluster.this.master_authorized_networks_config[0].cidr_blocks : block.cidr_block]) == var.api_allowed_cidrs
    error_message = "the API of the cluster is open to other networks"
  }
  assert {
    condition     = !google_container_cluster.this.master_authorized_networks_config[0].gcp_public_cidrs_access_enabled
    error_message = "the API of the cluster is open to all of Google Cloud"
  }
  assert {
    condition     = !google_container_cluster.this.control_plane_endpoints_config[0].dns_endpoint_config[0].allow_external_traffic
    error_message = "the API of the cluster is open by its DNS name"
  }
  assert {
    condition     = google_container_cluster.this.private_cluster_config[0].enable_private_nodes
    error_message = "nodes have public addresses"
  }
  assert {
    condition     = google_container_cluster.this.enable_autopilot
    error_message = "the nodes are not run by Google"
  }
  assert {
    condition     = !google_container_cluster.this.rbac_binding_config[0].enable_insecure_binding_system_unauthenticated
    error_message = "anonymous callers can have roles"
  }
  assert {
    condition     = google_container_cluster.this.cluster_autoscaling[0].auto_provisioning_defaults[0].service_account == google_service_account.nodes.email
    error_message = "nodes run as the account that may edit the project"
  }
  assert {
    condition     = google_container_cluster.this.deletion_protection
    error_message = "the cluster can be deleted"
  }

  # Secrets and identities

  assert {
    condition = alltrue([
      for version in concat(
        values(google_secret_manager_secret_version.database),
        values(google_secret_manager_secret_version.broker),
        values(google_secret_manager_secret_version.redis),
        values(google_secret_manager_secret_version.copied),
        values(google_secret_manager_secret_version.ca),
      ) : !strcontains(version.secret_data, "secret") && !strcontains(version.secret_data, "://")
    ])
    error_message = "the state has the value of a secret"
  }
  assert {
    condition = toset([
      for version in concat(
        values(google_secret_manager_secret_version.database),
        values(google_secret_manager_secret_version.broker),
        values(google_secret_manager_secret_version.redis),
        values(google_secret_manager_secret_version.copied),
        values(google_secret_manager_secret_version.ca),
      ) : version.secret
    ]) == toset([for secret in google_secret_manager_secret.this : secret.id])
    error_message = "a secret has no value"
  }
  assert {
    condition = alltrue([
      for secret in google_secret_manager_secret.this : secret.deletion_protection && secret.version_destroy_ttl == "604800s"
    ])
    error_message = "a secret can be deleted, or its last value at once"
  }
  assert {
    condition = alltrue([
      for member in google_secret_manager_secret_iam_member.external_secrets :
      member.role == "roles/secretmanager.secretAccessor" && endswith(member.member, "/ns/external-secrets/sa/external-secrets")
    ])
    error_message = "External Secrets can do more than read, or another account can read"
  }
  assert {
    condition = toset([for member in google_storage_bucket_iam_member.backup : member.role]) == toset([
      "roles/storage.objectCreator", "roles/storage.objectViewer"
    ])
    error_message = "the backup can delete dumps"
  }

  # Backups, images, DNS, budget

  assert {
    condition     = google_storage_bucket.backup.public_access_prevention == "enforced" && google_storage_bucket.backup.uniform_bucket_level_access
    error_message = "backups can be public"
  }
  assert {
    condition     = google_storage_bucket.backup.versioning[0].enabled
    error_message = "backups have no versions"
  }
  assert {
    condition     = google_storage_bucket.backup.soft_delete_policy[0].retention_duration_seconds >= 30 * 86400
    error_message = "a deleted backup cannot be recovered"
  }
  assert {
    condition     = !google_storage_bucket.backup.force_destroy && !google_dns_managed_zone.this.force_destroy
    error_message = "the bucket of backups or the zone can be deleted with its contents"
  }
  assert {
    condition     = google_artifact_registry_repository.this.docker_config[0].immutable_tags
    error_message = "an image can be replaced"
  }
  assert {
    condition     = google_dns_managed_zone.this.dnssec_config[0].state == "on"
    error_message = "the zone is not signed"
  }
  assert {
    condition     = length(google_billing_budget.this.all_updates_rule[0].monitoring_notification_channels) > 0
    error_message = "nobody receives the budget alarm"
  }
}

# small.tfvars can be destroyed by one command.
run "small" {
  # Not an update of the shop above.
  state_key = "small"

  variables {
    protect        = run.small_sizes.values.protect
    postgres       = run.small_sizes.values.postgres
    redis          = run.small_sizes.values.redis
    max_replicas   = run.small_sizes.values.max_replicas
    monthly_budget = run.small_sizes.values.monthly_budget
  }

  assert {
    condition     = !google_sql_database_instance.this.deletion_protection && !google_sql_database_instance.this.settings[0].deletion_protection_enabled && !google_sql_database_instance.this.settings[0].retain_backups_on_delete
    error_message = "without protect, postgres cannot be destroyed"
  }
  assert {
    condition     = !google_container_cluster.this.deletion_protection
    error_message = "without protect, the cluster cannot be destroyed"
  }
  assert {
    condition     = !google_memorystore_instance.this.deletion_protection_enabled
    error_message = "without protect, redis cannot be destroyed"
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.this : !secret.deletion_protection])
    error_message = "without protect, secrets cannot be destroyed"
  }
  assert {
    condition     = google_storage_bucket.backup.force_destroy && google_dns_managed_zone.this.force_destroy
    error_message = "without protect, contents keep the bucket or the zone"
  }
}

run "too_many_replicas" {
  command = plan

  variables {
    postgres       = run.small_sizes.values.postgres
    redis          = run.small_sizes.values.redis
    monthly_budget = run.small_sizes.values.monthly_budget
    max_replicas   = 10
  }
  expect_failures = [google_sql_database_instance.this]
}

run "refused_values" {
  command = plan

  variables {
    redis             = run.small_sizes.values.redis
    max_replicas      = run.small_sizes.values.max_replicas
    monthly_budget    = run.small_sizes.values.monthly_budget
    postgres          = { tier = "db-custom-1-3840", storage_gb = 20, standby = false, backups = 0 }
    api_allowed_cidrs = ["0.0.0.0/0"]
    suffix            = "Not-Allowed"
  }
  expect_failures = [var.api_allowed_cidrs, var.postgres, var.suffix]
}
