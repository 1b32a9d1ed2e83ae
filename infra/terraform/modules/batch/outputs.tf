output "queues" {
  description = "Kind of machine → name of its queue."
  value       = { for key, queue in aws_batch_job_queue.this : key => queue.name }
}

output "job_definitions" {
  description = "Stage → name of its job definition."
  value       = { for stage, definition in aws_batch_job_definition.stage : stage => definition.name }
}

output "log_group" {
  description = "Log group of the jobs."
  value       = aws_cloudwatch_log_group.jobs.name
}

output "profile" {
  description = "A profile file, ready for `--profile`: `terraform output -raw profile > aws-batch.yaml`."
  value       = yamlencode(local.profile)
}
