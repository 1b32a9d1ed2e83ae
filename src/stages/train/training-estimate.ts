import { modelOf } from '../../core/model-key.js'
import type { Estimate, Facts, Partition } from '../define.js'
import { readCalibration, speedOf } from './calibration.js'
import { expertsOf, shardLoadersOf, shardMegabytesOf } from '../facts.js'
import { catalogueKey } from '../kinds.js'
import type { Options } from './options.js'
import type { tasks } from './tasks.js'

interface Planned {
  readonly rows: number
  readonly bytes: number
  readonly options: Options
  readonly partition: Partition<typeof tasks>
  readonly facts: Facts
}

/**
 * Estimates samples, steps and hours of one model before anything is spent. Rows are those of the input: how
 * many will be dropped is not known yet.
 */
export function estimateTraining({ rows, bytes, options, partition, facts }: Planned): Estimate {
  if (partition.kind === 'mix') return { seconds: 1 + bytes / 150e6, bytes, memory_bytes: 300e6 }
  const { kind } = modelOf(partition.key)
  const calibration = readCalibration(options.calibration)
  const samples_per_second = speedOf(calibration, options.device, options.model)
  const epochs = kind === 'seed' ? options.seed_epochs : options.expert_epochs
  const samples = Math.round(
    rows * epochs * (kind === 'dense' && options.dense_samples === 'all' ? expertsOf(facts) : 1),
  )
  const machines = options.gpus * options.nodes
  const gpu_hours = samples / samples_per_second / 3600
  return {
    seconds: 30 + samples / (samples_per_second * machines),
    bytes: 1e9,
    memory_bytes: 2e9,
    ...(options.device === 'cuda' ? { gpus: options.gpus } : {}),
    nodes: options.nodes,
    training: {
      samples,
      steps: Math.ceil(samples / options.batch_size),
      gpu_hours,
    },
    warnings: warningsOf(kind, { rows, bytes, options, partition, facts }),
  }
}

function warningsOf(kind: string, { rows, bytes, options, partition, facts }: Planned): string[] {
  const warnings: string[] = []
  const experts = expertsOf(facts)
  const wanted = Math.max(1, options.workers) * options.gpus * options.nodes
  const megabytes = kind === 'expert' ? (shardMegabytesOf(facts) ?? 256) : options.mix_megabytes
  const groups = Math.max(
    1,
    kind === 'expert'
      ? (partition.takes?.shards ?? []).filter((key) => key !== catalogueKey).length
      : (partition.after ?? []).filter((key) => key !== 'seed').length,
  )
  const parts = kind === 'seed' || kind === 'dense' || kind === 'full' ? experts : 1
  const bySize = Math.ceil(bytes / experts / groups / (megabytes * 1e6))
  // `write` makes smaller shards if its GPUs × workers require it.
  const shards =
    groups * parts * Math.max(1, bySize, kind === 'expert' ? Math.ceil(shardLoadersOf(facts) / groups) : 1)
  if (shards < wanted) {
    const option = kind === 'expert' ? 'write.shard_megabytes' : 'train.mix_megabytes'
    warnings.push(
      `about ${shards} ${shards === 1 ? 'shard' : 'shards'} is fewer than workers × GPUs ` +
        `(${Math.max(1, options.workers)} × ${options.gpus * options.nodes}): ` +
        `make shards smaller (\`${option}\`) or use fewer workers (\`train.workers\`)`,
    )
  }
  const own = kind === 'expert' || kind === 'random' ? rows / experts : rows
  if (own < options.batch_size)
    warnings.push(`about ${Math.round(own)} pairs is fewer than one batch of ${options.batch_size}`)
  return warnings
}
