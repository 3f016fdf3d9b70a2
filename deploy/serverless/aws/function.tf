# The gateway, behind the Lambda Web Adapter, as two functions with the same image: an instance serves one request at a
# time, and a stream of an order's events is a request of minutes. With limits of their own, open streams cannot use up
# the instances that customers need to buy.

locals {
  functions = {
    requests = {
      # Longer than budget.default_ms.
      timeout_s = 15
      settings  = { GATEWAY__STREAMS__MAX = "0" }
    }
    streams = {
      # The stream ends first, and the client continues in a new one.
      timeout_s = 330
      settings = {
        GATEWAY__STREAMS__MAX     = "1"
        GATEWAY__STREAMS__MAX_MS  = "300000"
        GATEWAY__STREAMS__POLL_MS = "2000"
      }
    }
  }

  settings = merge(
    {
      GATEWAY__HTTP__LISTEN          = "127.0.0.1:8080"
      GATEWAY__HTTP__WORKERS         = "1"
      GATEWAY__HTTP__HSTS_MAX_AGE_S  = "31536000"
      GATEWAY__HTTP__TRUSTED_PROXIES = "127.0.0.1" # the adapter
      GATEWAY__ADMIN__LISTEN         = "127.0.0.1:9080"
      GATEWAY__TELEMETRY__LOG_FORMAT = "json"

      # No broker: an instance is frozen between requests, so it would miss heartbeats and connect again for each.
      # Events only make products and streams fresh sooner (docs/deploy/serverless.md). Nothing listens at this address.
      GATEWAY__BROKER__URL              = "amqp://127.0.0.1:9/%2f"
      GATEWAY__BROKER__RECONNECT_MAX_MS = "600000"

      GATEWAY__RATE_LIMIT__REDIS_URL_FILE = "/tmp/secrets/${var.shop.redis_secret.name}"

      # Lambda kills a process 2 s after it announced the end, and only when no request runs.
      GATEWAY__SHUTDOWN__LAME_DUCK_MS = "0"
      GATEWAY__SHUTDOWN__DRAIN_MS     = "500"
      GATEWAY__SHUTDOWN__STOP_MS      = "500"
    },
    [
      for service, port in local.ports : {
        "GATEWAY__UPSTREAMS__${upper(service)}__URL"                   = "https://${var.upstreams[service]}:${port}"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__DOMAIN"           = service
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__CA_PATH"          = "/tmp/secrets/gateway-tls-ca"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__CERT_PATH"        = "/tmp/secrets/gateway-tls-cert"
        "GATEWAY__UPSTREAMS__${upper(service)}__TLS__PRIVATE_KEY_PATH" = "/tmp/secrets/gateway-tls-key"
      }
    ]...
  )
}

resource "aws_iam_role" "gateway" {
  name = "${var.shop.name}-gateway"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "network" {
  role       = aws_iam_role.gateway.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_iam_role_policy" "gateway" {
  name = "gateway"
  role = aws_iam_role.gateway.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = values(local.secrets)
      },
      {
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.shop.key_arn]
        Condition = { StringEquals = { "kms:ViaService" = ["secretsmanager.${var.shop.region}.amazonaws.com"] } }
      },
      # Lambda makes the network interfaces with this role. The code in the function may not.
      {
        Effect    = "Deny"
        Action    = ["ec2:*"]
        Resource  = ["*"]
        Condition = { Null = { "lambda:SourceFunctionArn" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "gateway" {
  for_each = local.functions

  name              = "/aws/lambda/${var.shop.name}-gateway-${each.key}"
  retention_in_days = 30
}

resource "aws_lambda_function" "gateway" {
  for_each = local.functions

  function_name                  = "${var.shop.name}-gateway-${each.key}"
  role                           = aws_iam_role.gateway.arn
  package_type                   = "Image"
  image_uri                      = var.image
  architectures                  = ["x86_64"]
  memory_size                    = var.memory_mib
  timeout                        = each.value.timeout_s
  reserved_concurrent_executions = var.max_instances[each.key]
  kms_key_arn                    = var.shop.key_arn

  environment {
    variables = merge(local.settings, each.value.settings, {
      SECRETS                                = join(" ", keys(local.secrets))
      AWS_LWA_PORT                           = "8080"
      AWS_LWA_READINESS_CHECK_PORT           = "9080"
      AWS_LWA_READINESS_CHECK_PATH           = "/readyz"
      AWS_LWA_READINESS_CHECK_HEALTHY_STATUS = "200"
      AWS_LWA_INVOKE_MODE                    = "response_stream"
    })
  }

  vpc_config {
    subnet_ids         = [for subnet in aws_subnet.serverless : subnet.id]
    security_group_ids = [aws_security_group.gateway.id]
  }

  logging_config {
    log_format = "Text" # the gateway writes JSON itself
    log_group  = aws_cloudwatch_log_group.gateway[each.key].name
  }

  depends_on = [
    aws_iam_role_policy.gateway,
    aws_iam_role_policy_attachment.network,
    aws_secretsmanager_secret_version.tls,
  ]
}
