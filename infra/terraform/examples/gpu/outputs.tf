output "store" {
  description = "Value of `store` in a manifest."
  value       = module.storage.store
}

output "profile" {
  description = "`terraform output -raw profile > aws-batch.yaml`"
  value       = module.batch.profile
}

output "submitter_policy_arn" {
  description = "Policy for submitters."
  value       = module.identity.submitter_policy_arn
}
