# What docs/deploy/serverless.md uses. Nothing here is secret.

output "region" {
  value = var.shop.region
}

output "host" {
  value = var.host
}

output "repository" {
  value = aws_ecr_repository.this.repository_url
}

output "functions" {
  value = { for name, function in aws_lambda_function.gateway : name => function.function_name }
}
