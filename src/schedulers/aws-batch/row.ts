import type { SchedulerRow } from '../row.js'
import { wholeNumber } from '../whole-number.js'
import { awsBatchFields } from './fields.js'

export const awsBatchRow = {
  name: 'aws-batch',
  member: 'aws_batch',
  doc: 'Array jobs of AWS Batch.',
  fields: awsBatchFields,
  job: {
    index: (env) => wholeNumber(env, 'AWS_BATCH_JOB_ARRAY_INDEX'),
    // AWS Batch counts from 1.
    attempt(env) {
      const attempt = wholeNumber(env, 'AWS_BATCH_JOB_ATTEMPT')
      return attempt === undefined ? undefined : attempt - 1
    },
    helps: (env) => env.AWS_BATCH_JOB_NODE_INDEX !== env.AWS_BATCH_JOB_MAIN_NODE_INDEX,
    // Every machine except the main one has the address of the main one.
    meeting: (env) =>
      Number(env.AWS_BATCH_JOB_NUM_NODES ?? 1) < 2
        ? undefined
        : {
            NODE_RANK: env.AWS_BATCH_JOB_NODE_INDEX ?? '0',
            MASTER_ADDR: env.AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS ?? 'localhost',
            MASTER_PORT: env.MASTER_PORT ?? '29500',
          },
  },
  async open({ settings, repetitions, stage_queues }) {
    const { batchScheduler } = await import('./scheduler.js')
    return batchScheduler({ ...settings, repetitions, stage_queues })
  },
} as const satisfies SchedulerRow<typeof awsBatchFields>
