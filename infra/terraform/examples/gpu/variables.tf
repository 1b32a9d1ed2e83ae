variable "region" {
  description = "AWS region."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket to create for the store."
  type        = string
}

variable "inputs" {
  description = "Crawls that may be read, as `bucket/prefix`."
  type        = list(string)
}

variable "data_image" {
  description = "Image of the data stages, as it was pushed."
  type        = string
}

variable "repository_arns" {
  description = "Repositories to pull images from."
  type        = list(string)
}

variable "vpc_id" {
  description = "Network of the machines."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the machines."
  type        = list(string)
}

variable "submitter_principals" {
  description = "ARNs that may assume the submitter role."
  type        = list(string)
  default     = []
}

variable "trainer_image" {
  description = "Image of the trainer, as it was pushed."
  type        = string
}

variable "models" {
  description = "Encoders and seed models that may be read, as `bucket/prefix`."
  type        = list(string)
  default     = []
}

variable "evaluation" {
  description = "Evaluation sets that may be read, as `bucket/prefix`."
  type        = list(string)
  default     = []
}

variable "kms_key_arn" {
  description = "KMS key for objects and logs."
  type        = string
}

variable "route_table_ids" {
  description = "Route tables of the subnets, for the S3 gateway endpoint."
  type        = list(string)
}

variable "cleaner_principals" {
  description = "ARNs that may assume the role for garbage collection."
  type        = list(string)
  default     = []
}
