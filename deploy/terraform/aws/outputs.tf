# What the overlay deploy/kubernetes/overlays/eks and docs/deploy/eks.md use. Nothing here is secret.

output "region" {
  value = var.region
}

output "cluster_name" {
  value = aws_eks_cluster.this.name
}

output "domain" {
  value = var.domain
}

output "name_servers" {
  description = "For the NS record of the domain at its parent."
  value       = aws_route53_zone.this.name_servers
}

output "edge_allocation_ids" {
  description = "For the annotation service.beta.kubernetes.io/aws-load-balancer-eip-allocations."
  value       = join(",", [for address in aws_eip.edge : address.id])
}

output "edge_subnets" {
  description = "For the annotation service.beta.kubernetes.io/aws-load-balancer-subnets, in the order of the addresses."
  value       = join(",", [for subnet in aws_subnet.public : subnet.id])
}

output "vpc_cidr" {
  description = "For the NetworkPolicies of egress to the servers, and for GATEWAY__HTTP__TRUSTED_PROXIES."
  value       = aws_vpc.this.cidr_block
}

output "registry" {
  description = "Repository of each image."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "secrets" {
  description = "Name of each secret in Secrets Manager, for the ExternalSecrets."
  value       = local.secret_names
}

output "postgres_host" {
  value = aws_db_instance.this.address
}

output "postgres_admin_secret" {
  description = "ARN of the administrator's secret, which RDS rotates."
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}

output "redis_host" {
  value = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "broker_host" {
  value = local.broker_host
}

output "backup_bucket" {
  value = aws_s3_bucket.backup.bucket
}

output "max_replicas" {
  description = "The autoscalers must not have more: PostgreSQL has no connections for them."
  value       = var.max_replicas
}

output "serverless" {
  description = "The variable `shop` of deploy/serverless/aws."
  value = {
    name                 = var.name
    region               = var.region
    zones                = local.zones
    zone_id              = aws_route53_zone.this.zone_id
    vpc_id               = aws_vpc.this.id
    route_tables         = { for letter, table in aws_route_table.nodes : letter => table.id }
    redis_security_group = aws_security_group.server["redis"].id
    redis_secret         = { name = local.secret_names["gateway/redis_url"], arn = aws_secretsmanager_secret.this["gateway/redis_url"].arn }
    key_arn              = aws_kms_key.this.arn
  }
}
