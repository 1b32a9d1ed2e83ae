import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '../../src/core/random.js'
import { encodeNpy, npyHeader } from '../../src/io/npy.js'
import type { ByteSource } from '../../src/io/source.js'
import { encodeInvalid } from '../../src/io/tables/invalid.js'
import { encodeSamples } from '../../src/io/tables/samples.js'
import type { Artefact } from '../../src/stages/define.js'
import { cluster } from '../../src/stages/cluster/spec.js'
import { fakeArtefact, fakeSplit, fakeTask, runFake } from '../../test/fakes/task-context.js'

/**
 * `cluster-scale-worker ROWS THREADS FOLDER`: the stage `cluster` over that many vectors; prints {seconds,
 * cpu_seconds, memory_bytes}.
 */
const [rows, threads] = process.argv.slice(2, 4).map(Number) as [number, number]
const rowsPerSplit = 250_000
const width = 96
const directions = 400

/**
 * Vectors of one split; every other split has them with the signs of its own coordinates flipped, so that no
 * two splits are equal.
 */
function poolOfVectors(): Float32Array {
  const random = new Random('cluster scale')
  const normal = () => random.unit() + random.unit() - 1
  const themes = Float32Array.from({ length: directions * width }, normal)
  const pool = new Float32Array(rowsPerSplit * width)
  for (let row = 0; row < rowsPerSplit; row++) {
    const theme = Math.floor(directions * random.unit() * random.unit())
    let norm = 0
    for (let t = 0; t < width; t++) {
      const value = themes[theme * width + t]! + 0.7 * normal()
      pool[row * width + t] = value
      norm += value * value
    }
    const scale = 1 / Math.sqrt(norm)
    for (let t = row * width; t < (row + 1) * width; t++) pool[t] = pool[t]! * scale
  }
  return pool
}

const pool = poolOfVectors()
const header = npyHeader('float32', [rowsPerSplit, width])
if (
  header.length + 4 * pool.length !==
  encodeNpy(new Float32Array(width), [1, width]).length - 4 * width + 4 * pool.length
)
  throw new Error('headers differ')

function vectorSource(split: number): ByteSource {
  const random = new Random('signs', split)
  const signs = Float32Array.from({ length: width }, () => (random.unit() < 0.5 ? -1 : 1))
  const read = async (start: number, end: number) => {
    if (end <= header.length) return header.subarray(start, end)
    const first = (start - header.length) / 4
    const values = pool.slice(first, first + (end - start) / 4)
    for (let at = 0; at < values.length; at++) values[at] = values[at]! * signs[(first + at) % width]!
    return new Uint8Array(values.buffer)
  }
  return {
    uri: `synthetic:${split}`,
    size: header.length + 4 * pool.length,
    read,
    stream: () => Promise.reject(new Error('read by range')) as never,
  }
}

const none = new Array<null>(rowsPerSplit).fill(null)
const samples = encodeSamples({
  length: rowsPerSplit,
  row: Uint32Array.from(none, (_, row) => row),
  key: none.map((_, row) => `k${row}`),
  caption: none.map((_, row) => `caption ${row % 977}`),
  captions: none,
  holdout: new Uint8Array(rowsPerSplit),
  member: none,
  offset: new Float64Array(rowsPerSplit),
  size: new Float64Array(rowsPerSplit),
  url: none,
  metadata: none,
})
const invalid = encodeInvalid({ length: 0, index: new Uint32Array(0), reason: [] })

const takes: { vectors: Artefact[]; samples: Artefact[] } = { vectors: [], samples: [] }
for (let split = 0; split * rowsPerSplit < rows; split++) {
  const place = [fakeSplit(`scale ${split}`)]
  const vectors = fakeArtefact('embed', { 'invalid.arrow': invalid }, rowsPerSplit, place)
  takes.vectors.push({
    ...vectors,
    open: async (name) => (name === 'vectors.npy' ? vectorSource(split) : vectors.open(name)),
  })
  takes.samples.push(fakeArtefact('ingest', { 'samples.arrow': samples }, rowsPerSplit, place))
}
const options = {
  fine: 256,
  experts: 4,
  steps: 'two' as const,
  sample_rows: rows,
  max_cluster_ratio: 2,
  seed: 1,
  spherical: false,
  epochs: 1,
  passes: 5,
  from: undefined,
  new_expert_fine: undefined,
  fit_parts: undefined,
}
const scratch = await mkdtemp(join(process.argv[4] ?? tmpdir(), 'cluster-scale-'))
const start = performance.now()
try {
  await runFake(cluster, { ...fakeTask({ options, takes, threads }).context, kind: 'fit', scratch })
} finally {
  await rm(scratch, { recursive: true })
}
const usage = process.resourceUsage()
process.stdout.write(
  `${JSON.stringify({
    seconds: (performance.now() - start) / 1000,
    cpu_seconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    memory_bytes: usage.maxRSS * 1024,
  })}\n`,
)
process.exit(0)
