import { choice, type Fields, flag, group, int, map, optional, text } from '../../core/field.js'
import { awsBatchFields } from './profile-aws-batch-fields.js'
import { jobsFields, machineFields, pricesFields, stageResourcesFields } from './profile-jobs-fields.js'
import { slurmFields } from './profile-slurm-fields.js'
import { identifierPattern } from './text.js'

/** Where S3 is; what is left out comes from the usual AWS environment. */
export const s3Fields = {
  endpoint: optional(
    text({
      env: true,
      pattern: '^https?://',
      doc: 'Address of an S3-compatible server; AWS itself if left out.',
      examples: ['https://minio.example.org:9000'],
    }),
  ),
  region: optional(
    text({
      env: true,
      pattern: '^[a-z0-9-]+$',
      doc: 'Region; the usual AWS settings decide if left out.',
      examples: ['eu-central-1'],
    }),
  ),
  path_style: optional(
    flag({ doc: 'Bucket in the path in place of the host name; on by default where an endpoint is given.' }),
  ),
  credentials_profile: optional(text({ env: true, doc: 'Section of the AWS credentials and config files.' })),
  checksums: optional(
    choice(['when_required', 'when_supported'], {
      doc: '`when_required` leaves out checksums that some compatible servers refuse.',
    }),
  ),
  max_connections: optional(
    int({
      min: 1,
      max: 1024,
      doc: 'Requests under way at once, 32 by default; fewer when the server asks to slow down.',
    }),
  ),
  part_megabytes: optional(
    int({ min: 5, max: 5120, doc: 'Size of one part of a large upload, 16 by default.' }),
  ),
  idle_timeout_seconds: optional(
    int({ min: 1, max: 3600, doc: 'A download that brings nothing for so long is resumed, 20 by default.' }),
  ),
  retry_seconds: optional(
    int({ min: 1, max: 86400, doc: 'A request is repeated for at most so long, 120 by default.' }),
  ),
} satisfies Fields

export const localFields = {
  workers: optional(
    int({ min: 1, max: 1024, doc: 'Worker processes; as many as there are cores if left out.' }),
  ),
  scratch: optional(
    text({
      env: true,
      path: 'file',
      pattern: '.',
      doc: "Folder for files on their way to the store; beside a local store, or the system's temporary folder, if left out.",
    }),
  ),
} satisfies Fields

export const profileFields = {
  name: text({ pattern: identifierPattern, doc: 'Name of the profile.' }),
  executor: choice(['local', 'slurm', 'aws-batch'], { default: 'local', doc: 'What runs the tasks.' }),
  local: group(localFields, { doc: 'Worker processes on this machine.' }),
  slurm: group(slurmFields, { doc: 'Array jobs of a Slurm cluster.' }),
  aws_batch: group(awsBatchFields, { doc: 'Array jobs of AWS Batch.' }),
  jobs: group(jobsFields, {
    doc: 'How tasks become jobs of a batch scheduler, and how often they are repeated.',
  }),
  machine: group(machineFields, { doc: 'The largest machine of the place.' }),
  stages: map(group(stageResourcesFields, { doc: 'Resources of one stage.' }), {
    key: identifierPattern,
    default: {},
    doc: 'Resources by the name of a stage in the pipeline, where its own estimate is not to be followed.',
  }),
  prices: group(pricesFields, { doc: 'What the place costs, for `plan --profile`.' }),
  s3: optional(group(s3Fields, { doc: 'Where S3 is, for inputs and stores whose URI begins with `s3://`.' })),
  environment: map(text({ env: true, doc: 'Its value.' }), {
    key: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
    default: {},
    doc: 'Environment variables of the workers.',
  }),
} satisfies Fields
