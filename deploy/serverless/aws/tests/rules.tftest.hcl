# What must hold in every account. faults.toml plants a fault for each assertion.

mock_provider "aws" {
  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:111122223333:certificate/1"
      domain_validation_options = [{
        domain_name           = "api.shop.example.com"
        resource_record_name  = "_1.api.shop.example.com"
        resource_record_type  = "CNAME"
        resource_record_value = "_2.acm-validations.aws"
      }]
    }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:111122223333:function:gateway" }
  }
  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:us-east-1:111122223333:rest" }
  }
}

variables {
  shop = {
    name   = "mercantile"
    region = "us-east-1"
    zones = {
      a = { name = "us-east-1a", index = 0 }
      b = { name = "us-east-1b", index = 1 }
      c = { name = "us-east-1c", index = 2 }
    }
    zone_id              = "Z1"
    vpc_id               = "vpc-1"
    route_tables         = { a = "rtb-a", b = "rtb-b", c = "rtb-c" }
    redis_security_group = "sg-redis"
    redis_secret         = { name = "gateway-redis-url", arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:gateway-redis-url" }
    key_arn              = "arn:aws:kms:us-east-1:111122223333:key/1"
  }
  host  = "api.shop.example.com"
  image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/mercantile/gateway-lambda@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  upstreams = {
    user    = "user.elb.us-east-1.amazonaws.com"
    catalog = "catalog.elb.us-east-1.amazonaws.com"
    order   = "order.elb.us-east-1.amazonaws.com"
    payment = "payment.elb.us-east-1.amazonaws.com"
  }
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
    memory_mib          = run.production_sizes.values.memory_mib
    max_instances       = run.production_sizes.values.max_instances
    requests_per_second = run.production_sizes.values.requests_per_second
  }

  # Who can reach what

  assert {
    condition     = aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "the API answers by a second host name"
  }
  assert {
    condition     = aws_api_gateway_domain_name.this.security_policy == "TLS_1_2"
    error_message = "old versions of TLS are accepted"
  }
  assert {
    condition = alltrue([
      for permission in aws_lambda_permission.api :
      permission.principal == "apigateway.amazonaws.com" && permission.source_arn == "${aws_api_gateway_rest_api.this.execution_arn}/*"
    ])
    error_message = "others than the API can call a function"
  }
  assert {
    condition = alltrue([
      for function in aws_lambda_function.gateway :
      one(function.vpc_config).security_group_ids == toset([aws_security_group.gateway.id]) &&
      one(function.vpc_config).subnet_ids == toset([for subnet in aws_subnet.serverless : subnet.id])
    ])
    error_message = "a function is not in its subnets"
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.services : rule.cidr_ipv4 == "10.0.64.0/22"])
    error_message = "functions can reach more of the network than the services"
  }
  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.services : rule.from_port]) == toset([50051, 50052, 50053, 50054])
    error_message = "functions reach other ports than those of the services"
  }
  assert {
    condition = alltrue([
      for subnet in aws_subnet.serverless : cidrhost(replace(subnet.cidr_block, "/24", "/22"), 0) == "10.0.64.0"
      ]) && strcontains(file("kubernetes/kustomization.yaml"), "cidr, value: 10.0.64.0/22") && (
      strcontains(file("kubernetes/kustomization.yaml"), "loadBalancerSourceRanges: [10.0.64.0/22]")
    )
    error_message = "the cluster admits another network than that of the functions"
  }
  assert {
    condition = strcontains(
      file("kubernetes/kustomization.yaml"), "subnets: ${join(",", [for subnet in aws_subnet.serverless : subnet.tags.Name])}"
    )
    error_message = "the load balancers of the services are in other subnets"
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.redis.referenced_security_group_id == aws_security_group.gateway.id && aws_vpc_security_group_ingress_rule.redis.from_port == 6379
    error_message = "redis admits others than the functions"
  }

  # Secrets and rights

  assert {
    condition     = alltrue([for version in aws_secretsmanager_secret_version.tls : !strcontains(version.secret_string, "BEGIN")])
    error_message = "the state has the private key"
  }
  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.tls : secret.kms_key_id == var.shop.key_arn && secret.recovery_window_in_days == 30])
    error_message = "a secret is not encrypted with the key, or cannot be recovered"
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.gateway.policy).Statement :
      statement.Effect == "Deny" || !anytrue([for resource in statement.Resource : resource == "*"])
    ])
    error_message = "the functions may read all secrets"
  }
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.gateway.policy).Statement : statement.Effect == "Deny" && contains(statement.Action, "ec2:*")
    ])
    error_message = "the code of the functions may change the network"
  }
  assert {
    condition = alltrue([
      for function in aws_lambda_function.gateway :
      toset(split(" ", one(function.environment).variables.SECRETS)) == toset(["gateway-redis-url", "gateway-tls-ca", "gateway-tls-cert", "gateway-tls-key"])
    ])
    error_message = "a secret that the settings name is not fetched"
  }
  assert {
    condition     = alltrue([for function in aws_lambda_function.gateway : function.kms_key_arn == var.shop.key_arn])
    error_message = "the settings are not encrypted with the key"
  }

  # Settings

  assert {
    condition = alltrue([
      for name in flatten([for function in aws_lambda_function.gateway : keys(one(function.environment).variables)]) :
      strcontains(
        file("../../../gateway/config/default.toml"), "${lower(trimsuffix(reverse(split("__", name))[0], "_FILE"))} = "
      ) if startswith(name, "GATEWAY__")
    ])
    error_message = "a setting is unknown to the gateway"
  }
  assert {
    condition = alltrue([
      for service in ["user", "catalog", "order", "payment"] :
      startswith(local.settings["GATEWAY__UPSTREAMS__${upper(service)}__URL"], "https://${service}.elb") &&
      local.settings["GATEWAY__UPSTREAMS__${upper(service)}__TLS__DOMAIN"] == service
    ])
    error_message = "a service is called without TLS, or as another"
  }
  assert {
    condition     = one(aws_lambda_function.gateway["requests"].environment).variables.GATEWAY__STREAMS__MAX == "0"
    error_message = "streams take the instances of other requests"
  }
  assert {
    condition = (
      aws_lambda_function.gateway["streams"].timeout * 1000 > tonumber(one(aws_lambda_function.gateway["streams"].environment).variables.GATEWAY__STREAMS__MAX_MS)
    )
    error_message = "Lambda ends a stream before the gateway does"
  }
  assert {
    condition     = local.settings.GATEWAY__HTTP__TRUSTED_PROXIES == "127.0.0.1" && local.settings.GATEWAY__HTTP__LISTEN == "127.0.0.1:8080"
    error_message = "a client can choose its own address"
  }
  assert {
    condition     = alltrue([for function in aws_lambda_function.gateway : one(function.environment).variables.AWS_LWA_READINESS_CHECK_PATH == "/readyz"])
    error_message = "requests reach a gateway that is not ready"
  }

  # Bounds

  assert {
    condition = (
      aws_lambda_function.gateway["requests"].reserved_concurrent_executions == 200 &&
      aws_lambda_function.gateway["streams"].reserved_concurrent_executions == 100
    )
    error_message = "the number of instances is not bounded"
  }
  assert {
    condition     = one(aws_api_gateway_method_settings.all.settings).throttling_rate_limit == 1000 && aws_api_gateway_method_settings.all.method_path == "*/*"
    error_message = "the number of requests is not bounded"
  }

  # Routes

  assert {
    condition = alltrue([
      for integration in aws_api_gateway_integration.this :
      integration.response_transfer_mode == "STREAM" && endswith(integration.uri, "/response-streaming-invocations")
    ])
    error_message = "a response is collected before it is sent"
  }
  assert {
    condition     = toset([for name, route in local.routes : route.function == "streams" ? "${route.method} ${name}" : ""]) == toset(["", "GET stream"])
    error_message = "not just streams go to the function of streams"
  }
  assert {
    condition     = contains(aws_api_gateway_rest_api.this.binary_media_types, "*/*")
    error_message = "bodies are changed before a signature is checked"
  }
  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && !aws_ecr_repository.this.force_delete
    error_message = "an image can be replaced, or deleted with its repository"
  }
  assert {
    condition     = contains(aws_route53_record.caa.records, "0 issue \"amazon.com\"")
    error_message = "no certificate can be issued for the host"
  }
}

# small.tfvars can be destroyed by one command.
run "small" {
  # Not an update of the gateway above.
  state_key = "small"

  variables {
    protect             = run.small_sizes.values.protect
    memory_mib          = run.small_sizes.values.memory_mib
    max_instances       = run.small_sizes.values.max_instances
    requests_per_second = run.small_sizes.values.requests_per_second
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.tls : secret.recovery_window_in_days == 0])
    error_message = "without protect, the names of secrets stay taken"
  }
  assert {
    condition     = aws_ecr_repository.this.force_delete
    error_message = "without protect, images keep the repository"
  }
}

run "refused_values" {
  command = plan

  variables {
    memory_mib          = run.small_sizes.values.memory_mib
    max_instances       = run.small_sizes.values.max_instances
    requests_per_second = run.small_sizes.values.requests_per_second
    image               = "111122223333.dkr.ecr.us-east-1.amazonaws.com/mercantile/gateway-lambda:1.0.0"
  }
  expect_failures = [var.image]
}
