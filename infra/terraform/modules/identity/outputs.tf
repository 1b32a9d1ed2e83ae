output "stage_role_arns" {
  description = "Stage → ARN of its role."
  value       = { for stage, role in aws_iam_role.stage : stage => role.arn }
}

output "execution_role_arn" {
  description = "Role that starts containers and writes their logs."
  value       = aws_iam_role.execution.arn
}

output "instance_profile_arn" {
  description = "Instance profile of the machines."
  value       = aws_iam_instance_profile.machine.arn
}

output "submitter_policy_arn" {
  description = "Policy for submitters."
  value       = aws_iam_policy.submitter.arn
}

output "submitter_role_arn" {
  description = "Submitter role, or null."
  value       = one(aws_iam_role.submitter[*].arn)
}

output "cleaner_role_arn" {
  description = "Role for garbage collection, or null."
  value       = one(aws_iam_role.cleaner[*].arn)
}
