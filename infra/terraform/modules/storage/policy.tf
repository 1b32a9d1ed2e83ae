locals {
  bucket_arn = aws_s3_bucket.store.arn

  bucket_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TransportIsEncrypted"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      # Results are created once, whatever a role allows. The parts of a large upload cannot carry the header; the request
      # that completes the upload can, and only that request creates the object. What may be overwritten: `_live`, the
      # registrations of runs, which equal runs renew, and the number of the store's format.
      {
        Sid       = "ResultsAreCreatedOnce"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        NotResource = [
          "${local.bucket_arn}/${var.prefix}/_live/*", "${local.bucket_arn}/${var.prefix}/*/_live/*",
          "${local.bucket_arn}/${var.prefix}/_snapshots/*", "${local.bucket_arn}/${var.prefix}/*/_snapshots/*",
          "${local.bucket_arn}/${var.prefix}/_format.json", "${local.bucket_arn}/${var.prefix}/*/_format.json",
        ]
        Condition = {
          Null = { "s3:if-none-match" = "true" }
          Bool = { "s3:ObjectCreationOperation" = "true" }
        }
      },
    ]
  }
}
