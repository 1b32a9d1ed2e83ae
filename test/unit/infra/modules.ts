import { fileURLToPath } from 'node:url'
import { readModule } from '../../../scripts/infra/module.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'

const root = fileURLToPath(new URL('../../../infra/terraform/', import.meta.url))
export const terraformFolder = root

export const storage = await readModule(`${root}modules/storage`)
export const identity = await readModule(`${root}modules/identity`)
export const batch = await readModule(`${root}modules/batch`)
export const minimal = await readModule(`${root}examples/minimal`)
export const gpu = await readModule(`${root}examples/gpu`)

export const stages = builtinStages.names()
export const bucketArn = 'arn:aws:s3:::team'
const roles = Object.fromEntries(
  stages.map((stage) => [stage, `arn:aws:iam::111122223333:role/coterie-${stage}`]),
)

export const identityGiven = {
  bucket_arn: bucketArn,
  inputs: ['crawl/cc12m/', 'crawl/datacomp/'],
  models: ['models/encoders/'],
  evaluation: ['eval/imagenet/'],
  kms_key_arns: ['arn:aws:kms:eu-central-1:111122223333:key/one'],
  repository_arns: ['arn:aws:ecr:eu-central-1:111122223333:repository/coterie'],
  submitter_principals: ['arn:aws:iam::111122223333:role/people'],
  cleaner_principals: ['arn:aws:iam::111122223333:role/keeper'],
}

export const batchGiven = {
  data_image: 'images/coterie-data:1',
  vpc_id: 'vpc-1',
  subnet_ids: ['subnet-1', 'subnet-2'],
  stage_role_arns: roles,
  execution_role_arn: 'arn:aws:iam::111122223333:role/coterie-execution',
  instance_profile_arn: 'arn:aws:iam::111122223333:instance-profile/coterie-machine',
}

export const gpuGiven = {
  ...batchGiven,
  trainer_image: 'images/coterie-trainer:1',
  gpu: { gpus: 8, vcpus: 96, memory_gib: 1100 },
  multi_node: { nodes: 2 },
}
