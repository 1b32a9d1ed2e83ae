import { startThread } from '../../core/thread.js'
import type { FromLane, ToLane } from './lane.js'
import type { Table } from './table.js'

/** The same file, compiled or not. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './lane.ts' : './lane.js', import.meta.url)

/** Rows of the smallest and of the largest piece that a lane is given. */
const fewestRows = 128
const mostRows = 4096

/**
 * A piece of a batch: `vectors` lie in shared memory and hold the rows `start` to `end` (exclusive) of it.
 */
export interface Piece {
  readonly vectors: Float32Array
  readonly start: number
  readonly end: number
}

/**
 * Threads that each have a product of their own. One session with several threads leaves cores idle between
 * the parts of a graph and during everything outside of it: two lanes are about 1.6 times as fast as one
 * session with two threads (docs/decisions/0002).
 */
export interface Lanes {
  /** Cuts a batch into pieces and has each answered by a lane that is free. */
  spread(vectors: Float32Array, rows: number, message: (piece: Piece) => ToLane): Promise<void>
  /** One message for each lane. */
  each(message: (lane: number) => ToLane): Promise<void>
  close(): Promise<void>
}

export async function openLanes(width: number, count: number, open: ToLane): Promise<Lanes> {
  const lanes = Array.from({ length: count }, () => new Lane())
  await Promise.all(lanes.map((lane) => lane.ask(open)))
  /** Shared memory to copy pieces into: kept, since touching new memory costs more than the copy. */
  const slots: Float32Array[] = []
  return {
    async spread(vectors, rows, message) {
      const piece = Math.max(fewestRows, Math.min(mostRows, Math.ceil(rows / count)))
      let next = 0
      const feed = async (lane: Lane) => {
        while (next < rows) {
          const start = next
          const end = (next = Math.min(rows, start + piece))
          const view = vectors.subarray(start * width, end * width)
          const slot =
            view.buffer instanceof SharedArrayBuffer
              ? undefined
              : (slots.pop() ?? new Float32Array(new SharedArrayBuffer(4 * mostRows * width)))
          slot?.set(view)
          await lane.ask(message({ vectors: slot ?? view, start, end }))
          if (slot) slots.push(slot)
        }
      }
      // Two pieces on the way to each lane, so that the next one lies ready when one is done.
      await Promise.all([...lanes, ...lanes].map(feed))
    },
    async each(message) {
      await Promise.all(lanes.map((lane, at) => lane.ask(message(at))))
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/** A view of shared memory as it is, anything else as a copy. */
export function share<A extends Float32Array | Uint32Array>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array
  const copy = new (array.constructor as new (buffer: SharedArrayBuffer) => A)(
    new SharedArrayBuffer(array.byteLength),
  )
  copy.set(array)
  return copy
}

export function sharedTable({ count, centres, bias }: Table): Table {
  return { count, centres: share(centres), bias: share(bias) }
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
