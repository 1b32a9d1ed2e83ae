variable "bucket" {
  description = "Name of the bucket that is made."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket name has 3 to 63 lower case letters, digits and dashes."
  }
}

variable "prefix" {
  description = "Where stores lie in the bucket, without slashes at its ends. Create-once writes are required below it."
  type        = string
  default     = "coterie"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/_-]*[a-z0-9]$", var.prefix))
    error_message = "The prefix must not be empty and must not begin or end with a slash."
  }
}

variable "kms_key_arn" {
  description = "Key that objects are encrypted with; the keys of S3 itself if left out."
  type        = string
  default     = null
}

variable "abort_uploads_days" {
  description = "Days after which large uploads that were never completed are thrown away."
  type        = number
  default     = 7
}

variable "old_versions_days" {
  description = "Days for which a deleted or replaced object can still be brought back."
  type        = number
  default     = 30
}

variable "log_bucket" {
  description = "Bucket for access logs; none are written if left out."
  type        = string
  default     = null
}

variable "gateway_endpoint" {
  description = "Where jobs reach S3 without a NAT gateway, which would charge for every gigabyte. None is made if left out."
  type = object({
    vpc_id          = string
    route_table_ids = list(string)
  })
  default = null
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
}
