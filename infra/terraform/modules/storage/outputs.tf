output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.store.bucket
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.store.arn
}

output "prefix" {
  description = "Where stores lie in the bucket."
  value       = var.prefix
}

output "store" {
  description = "What a manifest names as its store."
  value       = "s3://${aws_s3_bucket.store.bucket}/${var.prefix}"
}
