locals {
  train_resources = { for gpu in [var.gpu] : "train" => merge(
    { cpus = gpu.vcpus, gpus = gpu.gpus, memory_gigabytes = gpu.memory_gib },
    var.multi_node == null ? null : { nodes = var.multi_node.nodes },
  ) if local.train_on_gpu }

  profile = {
    name     = var.name
    executor = "aws-batch"
    s3       = { region = data.aws_region.this.region }
    jobs     = { repetitions = var.attempts - 1 }
    machine  = { cpus = var.cpu.vcpus, memory_gigabytes = var.cpu.memory_gib, gpus = try(var.gpu.gpus, 0), hours = var.hours }
    stages   = local.train_resources
    aws_batch = merge(
      {
        region          = data.aws_region.this.region
        queue           = aws_batch_job_queue.this["cpu"].name
        job_definitions = { for stage, definition in aws_batch_job_definition.stage : stage => definition.name }
        log_group       = aws_cloudwatch_log_group.jobs.name
        tags            = { coterie = var.name }
      },
      local.has_gpu ? { gpu_queue = aws_batch_job_queue.this["gpu"].name } : null,
      var.multi_node == null ? null : {
        nodes_queue          = aws_batch_job_queue.this["nodes"].name
        nodes_job_definition = aws_batch_job_definition.nodes[0].name
      },
    )
  }
}
