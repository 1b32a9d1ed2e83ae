variable "name" {
  description = "Prefix of all names; the same as for the module `identity`."
  type        = string
  default     = "coterie"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "A name has 2 to 31 lower-case letters, digits and dashes, and begins with a letter."
  }
}

variable "data_image" {
  description = "Image of the data stages, with its tag or, better, its digest."
  type        = string
}

variable "trainer_image" {
  description = "Image of the trainer. Without it `train` runs on the data image, with the engine `adapter` only."
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "Network of the machines."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the machines. More availability zones have more Spot capacity."
  type        = list(string)
}

variable "stage_role_arns" {
  description = "Stage → ARN of its role, from the module `identity`. Each stage gets a job definition."
  type        = map(string)
}

variable "execution_role_arn" {
  description = "Role that starts containers and writes their logs, from the module `identity`."
  type        = string
}

variable "instance_profile_arn" {
  description = "Instance profile of the machines, from the module `identity`."
  type        = string
}

variable "cpu" {
  description = "Machines of the data stages. When `spot_vcpus` are in use, the queue continues with on-demand machines, up to `on_demand_vcpus`. No task requests more than `vcpus` and `memory_gib`."
  type = object({
    instance_types  = optional(list(string), ["c7i", "c7a", "m7i", "m7a", "r7i"])
    spot_vcpus      = optional(number, 256)
    on_demand_vcpus = optional(number, 0)
    vcpus           = optional(number, 16)
    memory_gib      = optional(number, 60)
  })
  default = {}
}

variable "gpu" {
  description = "Machines of `train`; an expert requests `gpus`, `vcpus` and `memory_gib`. None are created if left out."
  type = object({
    instance_types  = optional(list(string), ["g6", "g6e", "g5"])
    spot_vcpus      = optional(number, 0)
    on_demand_vcpus = optional(number, 96)
    gpus            = optional(number, 1)
    vcpus           = optional(number, 8)
    memory_gib      = optional(number, 28)
    shared_mib      = optional(number, 8192)
  })
  default = null
}

variable "multi_node" {
  description = "Number of on-demand GPU machines for an expert that is trained on several machines. No such job definition is created if left out."
  type = object({
    nodes = number
  })
  default = null

  validation {
    condition     = try(var.multi_node.nodes >= 2, true)
    error_message = "A multi-node job has two nodes or more."
  }
}

variable "placement_group" {
  description = "Cluster placement group of the GPU machines, recommended for multi-node training."
  type        = string
  default     = null
}

variable "scratch_gigabytes" {
  description = "Disk of each machine, shared by its tasks for files on their way to the store."
  type        = number
  default     = 500
}

variable "scratch_megabytes_per_second" {
  description = "Throughput of that disk."
  type        = number
  default     = 500
}

variable "attempts" {
  description = "Maximum number of starts of a task, if its Spot machine is taken away or it asks for a retry."
  type        = number
  default     = 5

  validation {
    condition     = var.attempts >= 1 && var.attempts <= 10
    error_message = "AWS Batch allows 1 to 10 attempts."
  }
}

variable "hours" {
  description = "A task that runs longer is stopped; a submission may set a lower limit."
  type        = number
  default     = 72
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365
}

variable "log_key_arn" {
  description = "KMS key that encrypts logs; CloudWatch-managed encryption if left out."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
