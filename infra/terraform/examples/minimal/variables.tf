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
