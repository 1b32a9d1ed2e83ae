variable "name" {
  description = "What everything is named by; the same as for the module `batch`."
  type        = string
  default     = "coterie"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "A name has 2 to 31 lower case letters, digits and dashes, and begins with a letter."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket that holds the store."
  type        = string
}

variable "prefix" {
  description = "Where the store lies in the bucket, as a manifest names it."
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
  description = "Stages that get a role of their own."
  type        = list(string)
  default     = ["ingest", "embed", "cluster", "assign", "deduplicate", "curate", "drift", "write", "train", "evaluate", "report"]
}

variable "kms_key_arns" {
  description = "Keys that objects of the store and of the inputs are encrypted with."
  type        = list(string)
  default     = []
}

variable "repository_arns" {
  description = "Repositories that images are pulled from."
  type        = list(string)
  default     = []
}

variable "submitter_principals" {
  description = "ARNs of the people, groups' roles or CI roles that may assume the role that submits. No role is made if there are none; the policy is."
  type        = list(string)
  default     = []
}

variable "cleaner_principals" {
  description = "ARNs of those who may assume the role that collects garbage. No role is made if there are none."
  type        = list(string)
  default     = []
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds every role, where the account asks for one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
}
