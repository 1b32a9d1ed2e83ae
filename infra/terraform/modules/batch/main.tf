data "aws_region" "this" {}

locals {
  has_gpu = var.gpu != null

  # Retry if AWS took the machine back, or if the task asked for a retry (75). Anything else would fail again.
  retry_rules = [
    { action = "RETRY", on_status_reason = "Host EC2*", on_exit_code = null, on_reason = null },
    { action = "RETRY", on_status_reason = null, on_exit_code = "75", on_reason = null },
    { action = "EXIT", on_status_reason = null, on_exit_code = null, on_reason = "*" },
  ]
}

resource "aws_cloudwatch_log_group" "jobs" {
  name              = "/${var.name}/jobs"
  retention_in_days = var.log_days
  kms_key_id        = var.log_key_arn
  tags              = var.tags
}

resource "aws_security_group" "machines" {
  name        = "${var.name}-machines"
  description = "Machines of the compute environments: nothing comes in from outside."
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.machines.id
  description       = "S3, ECS, ECR and CloudWatch"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "peers" {
  count = var.multi_node == null ? 0 : 1

  security_group_id            = aws_security_group.machines.id
  description                  = "Training that spans machines"
  referenced_security_group_id = aws_security_group.machines.id
  ip_protocol                  = "-1"
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "peers" {
  count = var.multi_node == null ? 0 : 1

  security_group_id            = aws_security_group.machines.id
  description                  = "Training that spans machines"
  referenced_security_group_id = aws_security_group.machines.id
  ip_protocol                  = "-1"
  tags                         = var.tags
}

resource "aws_launch_template" "machine" {
  name        = "${var.name}-machine"
  description = "Scratch disk; metadata by token only, and not for containers"
  tags        = var.tags

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.scratch_gigabytes
      throughput            = var.scratch_megabytes_per_second
      encrypted             = "true"
      delete_on_termination = "true"
    }
  }

  # One hop: a container gets the role of its stage from ECS, and cannot reach the machine's role.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }
}
