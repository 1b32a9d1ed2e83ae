import { defineStage } from '../define.js'
import { Assignments, Centres, Vectors } from '../kinds.js'
import { bySplit } from '../partition.js'
import { options } from './options.js'

export const assign = defineStage({
  name: 'assign',
  version: 1,
  doc: 'Gives every sample its nearest fine centre, and by it its expert.',
  takes: { vectors: { kind: Vectors }, centres: { kind: Centres } },
  makes: { assignments: { kind: Assignments } },
  options,
  runtime: ['onnxruntime'],
  partition: bySplit('vectors', 'centres'),
  estimate: ({ rows, facts }) => {
    const fine = typeof facts.fine === 'number' ? facts.fine : 1024
    const width = typeof facts.width === 'number' ? facts.width : 384
    return { seconds: 0.02 + (rows * fine * width * 2) / 7e10, bytes: rows * 12, memory_bytes: 3e8 + fine * width * 8 }
  },
  load: () => import('./run.js'),
})
