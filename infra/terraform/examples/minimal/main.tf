# Data stages on Spot machines, the engine `adapter`, one bucket: the smallest setup that runs a whole manifest.

provider "aws" {
  region = var.region
}

module "storage" {
  source = "../../modules/storage"

  bucket = var.bucket
  tags   = local.tags
}

module "identity" {
  source = "../../modules/identity"

  bucket_arn           = module.storage.bucket_arn
  prefix               = module.storage.prefix
  inputs               = var.inputs
  repository_arns      = var.repository_arns
  submitter_principals = var.submitter_principals
  tags                 = local.tags
}

module "batch" {
  source = "../../modules/batch"

  data_image           = var.data_image
  vpc_id               = var.vpc_id
  subnet_ids           = var.subnet_ids
  stage_role_arns      = module.identity.stage_role_arns
  execution_role_arn   = module.identity.execution_role_arn
  instance_profile_arn = module.identity.instance_profile_arn
  tags                 = local.tags
}

locals {
  tags = { project = "coterie" }
}
