output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.store.bucket
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.store.arn
}

output "prefix" {
  description = "Prefix of the stores in the bucket."
  value       = var.prefix
}

output "store" {
  description = "Value of `store` in a manifest."
  value       = "s3://${aws_s3_bucket.store.bucket}/${var.prefix}"
}
