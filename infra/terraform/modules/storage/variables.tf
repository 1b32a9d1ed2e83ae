variable "bucket" {
  description = "Name of the bucket to create."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits and dashes."
  }
}

variable "prefix" {
  description = "Prefix of the stores in the bucket, without leading or trailing slash. Below it, only create-once writes are allowed."
  type        = string
  default     = "coterie"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/_-]*[a-z0-9]$", var.prefix))
    error_message = "The prefix must not be empty and must not begin or end with a slash."
  }
}

variable "kms_key_arn" {
  description = "KMS key that encrypts objects; S3-managed keys if left out."
  type        = string
  default     = null
}

variable "abort_uploads_days" {
  description = "Days after which incomplete uploads are aborted."
  type        = number
  default     = 7
}

variable "old_versions_days" {
  description = "Days for which a deleted or replaced object can be restored."
  type        = number
  default     = 30
}

variable "log_bucket" {
  description = "Bucket for access logs; none are written if left out."
  type        = string
  default     = null
}

variable "gateway_endpoint" {
  description = "Network whose jobs reach S3 through a gateway endpoint instead of a NAT gateway, which charges per gigabyte. None is created if left out."
  type = object({
    vpc_id          = string
    route_table_ids = list(string)
  })
  default = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
