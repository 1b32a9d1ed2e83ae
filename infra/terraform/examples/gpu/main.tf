# Training on GPUs, with one or several machines per expert; Spot machines for the data stages, encryption with a
# customer-managed key, S3 without a NAT gateway, and a separate role for garbage collection.

provider "aws" {
  region = var.region
}

module "storage" {
  source = "../../modules/storage"

  bucket           = var.bucket
  kms_key_arn      = var.kms_key_arn
  gateway_endpoint = { vpc_id = var.vpc_id, route_table_ids = var.route_table_ids }
  tags             = local.tags
}

module "identity" {
  source = "../../modules/identity"

  bucket_arn           = module.storage.bucket_arn
  prefix               = module.storage.prefix
  inputs               = var.inputs
  models               = var.models
  evaluation           = var.evaluation
  kms_key_arns         = [var.kms_key_arn]
  repository_arns      = var.repository_arns
  submitter_principals = var.submitter_principals
  cleaner_principals   = var.cleaner_principals
  tags                 = local.tags
}

resource "aws_placement_group" "training" {
  name     = "coterie-training"
  strategy = "cluster"
  tags     = local.tags
}

module "batch" {
  source = "../../modules/batch"

  data_image           = var.data_image
  trainer_image        = var.trainer_image
  vpc_id               = var.vpc_id
  subnet_ids           = var.subnet_ids
  stage_role_arns      = module.identity.stage_role_arns
  execution_role_arn   = module.identity.execution_role_arn
  instance_profile_arn = module.identity.instance_profile_arn
  placement_group      = aws_placement_group.training.name
  log_key_arn          = var.kms_key_arn
  cpu                  = { spot_vcpus = 1024, on_demand_vcpus = 64 }
  gpu = {
    instance_types  = ["p4d.24xlarge"]
    on_demand_vcpus = 384
    gpus            = 8
    vcpus           = 96
    memory_gib      = 1100
    shared_mib      = 65536
  }
  multi_node = { nodes = 2 }
  tags       = local.tags
}

locals {
  tags = { project = "coterie" }
}
