import { startThread } from '../../core/thread.js'
import type { FromLane, ToLane } from './lane.js'
import type { Highest } from './highest.js'
import { emptyScores } from './product.js'
import type { Table } from './table.js'

/** The same file, compiled or not. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './lane.ts' : './lane.js', import.meta.url)

/** Rows of the smallest piece that a lane is given. */
const fewestRows = 128

/**
 * Threads that each have a product of their own. One session with several threads leaves cores idle between the parts of a graph and
 * during everything outside of it: two lanes are about 1.6 times as fast as one session with two threads (docs/decisions/0002).
 */
export async function openLanes(width: number, count: number, fixed?: Table): Promise<Highest> {
  const lanes = Array.from({ length: count }, () => new Lane())
  const sharedFixed = fixed && { count: fixed.count, centres: share(fixed.centres), bias: share(fixed.bias) }
  await Promise.all(lanes.map((lane) => lane.ask({ type: 'open', width, fixed: sharedFixed })))
  return {
    async of(vectors, rows, table, depth = 1) {
      const scores = emptyScores(rows, depth, SharedArrayBuffer)
      const shared = share(vectors.subarray(0, rows * width))
      const against = table === fixed ? 'fixed' : { count: table.count, centres: share(table.centres), bias: share(table.bias) }
      const piece = Math.max(fewestRows, Math.ceil(rows / count))
      const work: Promise<void>[] = []
      for (let start = 0; start < rows; start += piece) {
        const end = Math.min(rows, start + piece)
        const part = { index: scores.index.subarray(start * depth, end * depth), score: scores.score.subarray(start * depth, end * depth) }
        const some = shared.subarray(start * width, end * width)
        work.push(lanes[work.length]!.ask({ type: 'score', scores: part, vectors: some, rows: end - start, table: against, depth }))
      }
      await Promise.all(work)
      return scores
    },
    async add(addition) {
      const { sums, vectors, cluster, rows } = addition
      if (!(sums.buffer instanceof SharedArrayBuffer)) throw new TypeError('sums of several lanes lie in shared memory')
      const shared = { ...addition, vectors: share(vectors.subarray(0, rows * width)), cluster: share(cluster) }
      const step = 4 * Math.ceil(width / count / 4)
      const work = lanes.map((lane, at) =>
        lane.ask({ type: 'add', addition: { ...shared, from: Math.min(width, at * step), to: Math.min(width, (at + 1) * step) } }),
      )
      await Promise.all(work)
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/** A view of shared memory as it is, anything else as a copy. */
function share<A extends Float32Array | Uint32Array>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array
  const copy = new (array.constructor as new (buffer: SharedArrayBuffer) => A)(new SharedArrayBuffer(array.byteLength))
  copy.set(array)
  return copy
}

/** One thread; answers come in the order of the questions. */
class Lane {
  private readonly worker = startThread(entry)
  private readonly waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  private ended: unknown

  constructor() {
    this.worker.on('message', ({ error }: FromLane) => {
      const { resolve, reject } = this.waiting.shift()!
      if (error === undefined) resolve()
      else reject(error)
    })
    this.worker.on('error', (error) => this.end(error))
    this.worker.on('exit', () => this.end(new Error('a thread of the matrix product ended')))
  }

  ask(message: ToLane): Promise<void> {
    if (this.ended) return Promise.reject(this.ended)
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.worker.postMessage(message)
    })
  }

  async close(): Promise<void> {
    await this.ask({ type: 'close' })
    await this.worker.terminate()
  }

  private end(error: unknown): void {
    this.ended ??= error
    for (const { reject } of this.waiting.splice(0)) reject(this.ended)
  }
}
