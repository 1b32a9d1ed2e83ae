import { type Fields, int, map, optional, text } from '../../core/field.js'

const name = '^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$'

/** What `terraform output -raw profile` fills in. */
export const awsBatchFields = {
  region: optional(
    text({
      env: true,
      pattern: '^[a-z0-9-]+$',
      doc: 'Region; the usual AWS settings decide if left out.',
      examples: ['eu-central-1'],
    }),
  ),
  endpoint: optional(
    text({
      env: true,
      pattern: '^https?://',
      doc: 'Address of a server that speaks as AWS Batch does; AWS itself if left out.',
    }),
  ),
  logs_endpoint: optional(text({ env: true, pattern: '^https?://', doc: 'The same for CloudWatch Logs.' })),
  credentials_profile: optional(
    text({
      env: true,
      doc:
        'Section of the AWS credentials and config files for whoever submits. ' +
        'Jobs have the roles of their definitions.',
    }),
  ),
  queue: optional(
    text({
      env: true,
      pattern: name,
      doc: 'Job queue of all stages that have none of their own under `stages`.',
    }),
  ),
  gpu_queue: optional(
    text({ env: true, pattern: name, doc: 'Job queue of what asks for GPUs; `queue` if left out.' }),
  ),
  nodes_queue: optional(
    text({
      env: true,
      pattern: name,
      doc: 'Job queue of what spans several machines, without Spot; `gpu_queue` if left out.',
    }),
  ),
  job_definition: optional(
    text({
      env: true,
      pattern: `${name.slice(0, -1)}(:\\d+)?$`,
      doc: 'Job definition of stages that are not named under `job_definitions`.',
    }),
  ),
  job_definitions: map(
    text({ env: true, pattern: `${name.slice(0, -1)}(:\\d+)?$`, doc: 'Its job definition.' }),
    {
      default: {},
      doc: 'Stage → job definition, which fixes the image and the role.',
    },
  ),
  nodes_job_definition: optional(
    text({
      env: true,
      pattern: `${name.slice(0, -1)}(:\\d+)?$`,
      doc: 'Job definition, of type multinode, of what spans several machines.',
    }),
  ),
  log_group: text({
    env: true,
    pattern: '^[A-Za-z0-9_/.#-]+$',
    default: '/aws/batch/job',
    doc: 'Log group that the job definitions write to.',
  }),
  tags: map(text({ env: true, doc: 'Its value.' }), {
    default: {},
    doc: 'Tags of every job; the right to cancel may depend on them.',
  }),
  array_size: int({ min: 2, max: 10_000, default: 10_000, doc: 'Most elements of one array.' }),
  answer_seconds: int({
    min: 1,
    max: 600,
    default: 120,
    doc: 'How long a refused or unanswered request is repeated.',
  }),
} satisfies Fields
