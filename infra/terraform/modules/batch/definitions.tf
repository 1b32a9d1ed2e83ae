locals {
  train_on_gpu = local.has_gpu && var.trainer_image != null

  log_configuration = {
    logDriver = "awslogs"
    options = {
      "awslogs-group"         = aws_cloudwatch_log_group.jobs.name
      "awslogs-region"        = data.aws_region.this.region
      "awslogs-stream-prefix" = "task"
    }
  }

  # A submission sets the command, the resources and the time limit of each array; the rest is fixed here.
  container = {
    command          = ["--version"]
    executionRoleArn = var.execution_role_arn
    logConfiguration = local.log_configuration
    privileged       = false
    volumes          = [{ name = "scratch", host = {} }, { name = "tmp", host = {} }]
    mountPoints = [
      { sourceVolume = "scratch", containerPath = "/scratch", readOnly = false },
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
    ]
    readonlyRootFilesystem = true
  }

  cpu_resources = [{ type = "VCPU", value = "1" }, { type = "MEMORY", value = "2048" }]
  gpu_resources = [for gpu in [var.gpu] : [
    { type = "VCPU", value = tostring(gpu.vcpus) },
    { type = "MEMORY", value = tostring(gpu.memory_gib * 1024) },
    { type = "GPU", value = tostring(gpu.gpus) },
  ] if gpu != null]

  containers = {
    for stage, role in var.stage_role_arns : stage => merge(
      local.container,
      { jobRoleArn = role },
      {
        image                = local.train_on_gpu && stage == "train" ? var.trainer_image : var.data_image
        resourceRequirements = local.train_on_gpu && stage == "train" ? local.gpu_resources[0] : local.cpu_resources
        linuxParameters = merge(
          { initProcessEnabled = true },
          # PyTorch's data loaders pass batches through shared memory, of which a container has only 64 MB by default.
          local.train_on_gpu && stage == "train" ? { sharedMemorySize = var.gpu.shared_mib } : null,
        )
      },
    )
  }
}

resource "aws_batch_job_definition" "stage" {
  for_each = local.containers

  name                       = "${var.name}-${each.key}"
  type                       = "container"
  platform_capabilities      = ["EC2"]
  propagate_tags             = true
  deregister_on_new_revision = true
  container_properties       = jsonencode(each.value)
  tags                       = var.tags

  retry_strategy {
    attempts = var.attempts

    dynamic "evaluate_on_exit" {
      for_each = local.retry_rules

      content {
        action           = evaluate_on_exit.value.action
        on_status_reason = evaluate_on_exit.value.on_status_reason
        on_exit_code     = evaluate_on_exit.value.on_exit_code
        on_reason        = evaluate_on_exit.value.on_reason
      }
    }
  }

  timeout {
    attempt_duration_seconds = var.hours * 3600
  }
}

resource "aws_batch_job_definition" "nodes" {
  count = var.multi_node == null ? 0 : 1

  name                       = "${var.name}-train-nodes"
  type                       = "multinode"
  platform_capabilities      = ["EC2"]
  propagate_tags             = true
  deregister_on_new_revision = true
  tags                       = var.tags

  node_properties = jsonencode({
    mainNode = 0
    numNodes = var.multi_node.nodes
    nodeRangeProperties = [{
      targetNodes = "0:"
      container   = local.containers["train"]
    }]
  })

  retry_strategy {
    attempts = var.attempts

    dynamic "evaluate_on_exit" {
      for_each = local.retry_rules

      content {
        action           = evaluate_on_exit.value.action
        on_status_reason = evaluate_on_exit.value.on_status_reason
        on_exit_code     = evaluate_on_exit.value.on_exit_code
        on_reason        = evaluate_on_exit.value.on_reason
      }
    }
  }

  timeout {
    attempt_duration_seconds = var.hours * 3600
  }
}
