# Amazon MQ for RabbitMQ; TLS only. Its disks are encrypted with a key of AWS. Quorum queues are the default of
# version 4.
#
# Any change of `user` makes a new, empty broker, so changes are ignored. This user is the administrator;
# `broker-users` makes a user for each process (docs/deploy/eks.md). Amazon MQ has no deletion protection. Nothing is
# lost with a broker: what it had not delivered is in the outboxes or is asked for again (docs/failures.md).
resource "aws_mq_broker" "this" {
  broker_name                = var.name
  engine_type                = "RabbitMQ"
  engine_version             = "4.2"
  host_instance_type         = var.broker.class
  deployment_mode            = var.broker.cluster ? "CLUSTER_MULTI_AZ" : "SINGLE_INSTANCE"
  publicly_accessible        = false
  auto_minor_version_upgrade = true
  security_groups            = [aws_security_group.server["broker"].id]
  subnet_ids = [
    for letter in(var.broker.cluster ? var.zones : [var.zones[0]]) : aws_subnet.servers[letter].id
  ]

  user {
    username = "administrator"
    password = var.broker_admin_password
  }

  logs {
    general = true
  }

  maintenance_window_start_time {
    day_of_week = "SUNDAY"
    time_of_day = "05:00"
    time_zone   = "UTC"
  }

  lifecycle {
    ignore_changes = [user]
  }
}

locals {
  # amqps://<host>:5671
  broker_host = trimsuffix(trimprefix(aws_mq_broker.this.instances[0].endpoints[0], "amqps://"), ":5671")
  # User, password, host.
  broker_url            = "amqps://%s:%s@%s:5671/%%2f"
  broker_management_url = "https://%s:%s@%s/%%2f"
}
