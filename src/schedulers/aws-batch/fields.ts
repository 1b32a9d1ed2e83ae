import { type Fields, int, map, optional, text } from '../../core/field.js'

const name = '^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$'

/** `terraform output -raw profile` writes these settings. */
export const awsBatchFields = {
  region: optional(
    text({
      env: true,
      pattern: '^[a-z0-9-]+$',
      doc: 'Region; by default from the usual AWS settings.',
      examples: ['eu-central-1'],
    }),
  ),
  endpoint: optional(
    text({
      env: true,
      pattern: '^https?://',
      doc: 'URL of a server with the API of AWS Batch; AWS itself by default.',
    }),
  ),
  logs_endpoint: optional(
    text({
      env: true,
      pattern: '^https?://',
      doc: 'URL of a server with the API of CloudWatch Logs; AWS itself by default.',
    }),
  ),
  credentials_profile: optional(
    text({
      env: true,
      doc:
        'Section of the AWS credentials and config files, used to submit. ' +
        'Jobs have the roles of their definitions.',
    }),
  ),
  queue: optional(
    text({
      env: true,
      pattern: name,
      doc: 'Job queue of stages without a queue under `stages`.',
    }),
  ),
  gpu_queue: optional(
    text({ env: true, pattern: name, doc: 'Job queue of jobs that need GPUs; `queue` by default.' }),
  ),
  nodes_queue: optional(
    text({
      env: true,
      pattern: name,
      doc: 'Job queue of multi-node jobs, without Spot; `gpu_queue` by default.',
    }),
  ),
  job_definition: optional(
    text({
      env: true,
      pattern: `${name.slice(0, -1)}(:\\d+)?$`,
      doc: 'Job definition of stages without one under `job_definitions`.',
    }),
  ),
  job_definitions: map(
    text({ env: true, pattern: `${name.slice(0, -1)}(:\\d+)?$`, doc: 'Job definition of the stage.' }),
    {
      default: {},
      doc: 'Stage → job definition, which sets the image and the role.',
    },
  ),
  nodes_job_definition: optional(
    text({
      env: true,
      pattern: `${name.slice(0, -1)}(:\\d+)?$`,
      doc: 'Job definition (type multinode) of multi-node jobs.',
    }),
  ),
  log_group: text({
    env: true,
    pattern: '^[A-Za-z0-9_/.#-]+$',
    default: '/aws/batch/job',
    doc: 'Log group that the job definitions write to.',
  }),
  tags: map(text({ env: true, doc: 'Value of the tag.' }), {
    default: {},
    doc: 'Tags of every job; the permission to cancel may depend on them.',
  }),
  array_size: int({ min: 2, max: 10_000, default: 10_000, doc: 'Maximum number of elements of one array.' }),
  answer_seconds: int({
    min: 1,
    max: 600,
    default: 120,
    doc: 'How long a throttled or unanswered request is retried.',
  }),
} satisfies Fields
