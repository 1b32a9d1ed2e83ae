data "aws_partition" "this" {}
data "aws_caller_identity" "this" {}
data "aws_region" "this" {}

locals {
  partition = data.aws_partition.this.partition
  account   = data.aws_caller_identity.this.account_id
  region    = data.aws_region.this.region
}

resource "aws_iam_role" "stage" {
  for_each = local.stage_policies

  name                 = "${var.name}-${each.key}"
  description          = "Tasks of the stage ${each.key}."
  assume_role_policy   = jsonencode(local.trust_tasks)
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "stage" {
  for_each = local.stage_policies

  name   = "stage"
  role   = aws_iam_role.stage[each.key].name
  policy = jsonencode(each.value)
}

# Pulls images and writes logs for a task; the task itself has the role of its stage.
resource "aws_iam_role" "execution" {
  name                 = "${var.name}-execution"
  description          = "Starts containers and keeps their logs."
  assume_role_policy   = jsonencode(local.trust_tasks)
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.name
  policy = jsonencode(local.execution_policy)
}

# A machine may only join its cluster. It has no access to S3, so that a task has only the permissions of its stage.
resource "aws_iam_role" "machine" {
  name                 = "${var.name}-machine"
  description          = "Machines of the compute environments."
  assume_role_policy   = jsonencode(local.trust_machines)
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "machine" {
  role       = aws_iam_role.machine.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "machine" {
  name = "${var.name}-machine"
  role = aws_iam_role.machine.name
  tags = var.tags
}

resource "aws_iam_policy" "submitter" {
  name        = "${var.name}-submitter"
  description = "Plan, submit, follow and cancel; attach it to those who do, or let them assume the role."
  policy      = jsonencode(local.submitter_policy)
  tags        = var.tags
}

resource "aws_iam_role" "submitter" {
  count = length(var.submitter_principals) == 0 ? 0 : 1

  name                 = "${var.name}-submitter"
  description          = "Plans, submits, follows and cancels."
  assume_role_policy   = jsonencode(local.trust_submitters)
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "submitter" {
  count = length(var.submitter_principals) == 0 ? 0 : 1

  role       = aws_iam_role.submitter[0].name
  policy_arn = aws_iam_policy.submitter.arn
}

resource "aws_iam_role" "cleaner" {
  count = length(var.cleaner_principals) == 0 ? 0 : 1

  name                 = "${var.name}-cleaner"
  description          = "Collects garbage: the only role that deletes."
  assume_role_policy   = jsonencode(local.trust_cleaners)
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "cleaner" {
  count = length(var.cleaner_principals) == 0 ? 0 : 1

  name   = "cleaner"
  role   = aws_iam_role.cleaner[0].name
  policy = jsonencode(local.cleaner_policy)
}
