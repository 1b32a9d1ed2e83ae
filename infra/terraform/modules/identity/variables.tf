variable "name" {
  description = "Prefix of all names; the same as for the module `batch`."
  type        = string
  default     = "coterie"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "A name has 2 to 31 lower-case letters, digits and dashes, and begins with a letter."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket that holds the store."
  type        = string
}

variable "prefix" {
  description = "Prefix of the store in the bucket, as in the manifest."
  type        = string
  default     = "coterie"
}

variable "inputs" {
  description = "Crawls that may be read, as `bucket/prefix`. `ingest`, `write` and `train` read them."
  type        = list(string)
  default     = []
}

variable "models" {
  description = "Encoders and seed models that may be read, as `bucket/prefix`. `embed` and `train` read them."
  type        = list(string)
  default     = []
}

variable "evaluation" {
  description = "Evaluation sets that may be read, as `bucket/prefix`. `evaluate` reads them."
  type        = list(string)
  default     = []
}

variable "stages" {
  description = "Stages; each gets its own role."
  type        = list(string)
  default     = ["ingest", "embed", "cluster", "assign", "deduplicate", "curate", "drift", "write", "train", "evaluate", "report"]
}

variable "kms_key_arns" {
  description = "KMS keys that encrypt objects of the store and of the inputs."
  type        = list(string)
  default     = []
}

variable "repository_arns" {
  description = "Repositories to pull images from."
  type        = list(string)
  default     = []
}

variable "submitter_principals" {
  description = "ARNs of the people, group roles or CI roles that may assume the submitter role. Without any, only the policy is created."
  type        = list(string)
  default     = []
}

variable "cleaner_principals" {
  description = "ARNs that may assume the role for garbage collection. Without any, no role is created."
  type        = list(string)
  default     = []
}

variable "permissions_boundary" {
  description = "ARN of a permissions boundary for every role, if the account requires one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
