locals {
  environments = merge(
    {},
    var.cpu.spot_vcpus == 0 ? null : {
      cpu-spot = { spot = true, gpu = false, max_vcpus = var.cpu.spot_vcpus, instance_types = var.cpu.instance_types }
    },
    var.cpu.on_demand_vcpus == 0 ? null : {
      cpu-on-demand = { spot = false, gpu = false, max_vcpus = var.cpu.on_demand_vcpus, instance_types = var.cpu.instance_types }
    },
    try(var.gpu.spot_vcpus, 0) == 0 ? null : {
      gpu-spot = { spot = true, gpu = true, max_vcpus = var.gpu.spot_vcpus, instance_types = var.gpu.instance_types }
    },
    try(var.gpu.on_demand_vcpus, 0) == 0 ? null : {
      gpu-on-demand = { spot = false, gpu = true, max_vcpus = var.gpu.on_demand_vcpus, instance_types = var.gpu.instance_types }
    },
  )

  # Spot first. Multi-node jobs get a queue without Spot, since Batch does not place them on Spot machines.
  queues = merge(
    { cpu = [for key in ["cpu-spot", "cpu-on-demand"] : key if contains(keys(local.environments), key)] },
    local.has_gpu ? { gpu = [for key in ["gpu-spot", "gpu-on-demand"] : key if contains(keys(local.environments), key)] } : null,
    var.multi_node == null ? null : { nodes = ["gpu-on-demand"] },
  )
}

resource "aws_batch_compute_environment" "this" {
  for_each = local.environments

  name_prefix = "${var.name}-${each.key}-"
  type        = "MANAGED"
  tags        = var.tags

  compute_resources {
    type                = each.value.spot ? "SPOT" : "EC2"
    allocation_strategy = each.value.spot ? "SPOT_PRICE_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE"
    instance_role       = var.instance_profile_arn
    instance_type       = each.value.instance_types
    min_vcpus           = 0
    max_vcpus           = each.value.max_vcpus
    subnets             = var.subnet_ids
    security_group_ids  = [aws_security_group.machines.id]
    placement_group     = each.value.gpu ? var.placement_group : null
    tags                = merge(var.tags, { Name = "${var.name}-${each.key}" })

    ec2_configuration {
      image_type = each.value.gpu ? "ECS_AL2023_NVIDIA" : "ECS_AL2023"
    }

    launch_template {
      launch_template_id = aws_launch_template.machine.id
      version            = "$Latest"
    }
  }

  # Some properties of an environment in use cannot change: create the new one, switch the queue, then delete the old one.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_batch_job_queue" "this" {
  for_each = local.queues

  name     = "${var.name}-${each.key}"
  state    = "ENABLED"
  priority = 1
  tags     = var.tags

  dynamic "compute_environment_order" {
    for_each = each.value

    content {
      order               = compute_environment_order.key
      compute_environment = aws_batch_compute_environment.this[compute_environment_order.value].arn
    }
  }

  # Without this, a job that fits no machine would block all jobs behind it.
  job_state_time_limit_action {
    action           = "CANCEL"
    max_time_seconds = 86400
    reason           = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
    state            = "RUNNABLE"
  }
}
