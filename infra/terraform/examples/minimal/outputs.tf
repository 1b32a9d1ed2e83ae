output "store" {
  description = "What a manifest names as its store."
  value       = module.storage.store
}

output "profile" {
  description = "`terraform output -raw profile > aws-batch.yaml`"
  value       = module.batch.profile
}

output "submitter_policy_arn" {
  description = "Policy for those who submit."
  value       = module.identity.submitter_policy_arn
}
