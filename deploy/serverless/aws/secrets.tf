# The certificate with which the gateway calls the services, and the CA of theirs. cert-manager makes them in the
# cluster. The values are write-only: they are in no plan and in no state.

locals {
  tls_secrets = { "gateway-tls-cert" = "tls.crt", "gateway-tls-key" = "tls.key", "gateway-tls-ca" = "ca.crt" }
  # All that the gateway reads: `start` makes a file of each, /tmp/secrets/<name>.
  secrets = merge(
    { (var.shop.redis_secret.name) = var.shop.redis_secret.arn },
    { for name, secret in aws_secretsmanager_secret.tls : name => secret.arn },
  )
}

resource "aws_secretsmanager_secret" "tls" {
  for_each = local.tls_secrets

  name                    = each.key
  kms_key_id              = var.shop.key_arn
  recovery_window_in_days = var.protect ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "tls" {
  for_each = local.tls_secrets

  secret_id                = aws_secretsmanager_secret.tls[each.key].id
  secret_string_wo         = var.gateway_tls[each.value]
  secret_string_wo_version = var.secret_version
}
