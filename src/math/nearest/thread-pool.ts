import { startThread } from '../../core/thread.js'
import type { FromThread, ToThread } from './pool-thread.js'
import type { Table } from './table.js'

/** The same file, compiled or not. */
const entry = new URL(
  import.meta.url.endsWith('.ts') ? './pool-thread.ts' : './pool-thread.js',
  import.meta.url,
)

/** Rows of the smallest and of the largest piece that a thread is given. */
const minRows = 128
const maxRows = 4096

/** A piece of a batch: `vectors`, in shared memory, holds rows `start` to `end` (exclusive) of it. */
export interface Piece {
  readonly vectors: Float32Array
  readonly start: number
  readonly end: number
}

/**
 * Threads that each have a product of their own. One session with several threads leaves cores idle between
 * the parts of a graph and during everything outside of it: two single-threaded sessions are about 1.6 times
 * as fast as one session with two threads (docs/decisions/0002).
 */
export interface ThreadPool {
  /** Cuts a batch into pieces; whichever thread is free takes the next one. */
  parallelFor(vectors: Float32Array, rows: number, message: (piece: Piece) => ToThread): Promise<void>
  /** One message to each thread. */
  broadcast(message: (thread: number) => ToThread): Promise<void>
  close(): Promise<void>
}

export async function openThreadPool(width: number, count: number, open: ToThread): Promise<ThreadPool> {
  const threads = Array.from({ length: count }, () => new PoolThread())
  await Promise.all(threads.map((thread) => thread.ask(open)))
  /** Shared memory to copy pieces into: kept, since touching new memory costs more than the copy. */
  const slots: Float32Array[] = []
  return {
    async parallelFor(vectors, rows, message) {
      const piece = Math.max(minRows, Math.min(maxRows, Math.ceil(rows / count)))
      let next = 0
      const feed = async (thread: PoolThread) => {
        while (next < rows) {
          const start = next
          const end = (next = Math.min(rows, start + piece))
          const view = vectors.subarray(start * width, end * width)
          const slot =
            view.buffer instanceof SharedArrayBuffer
              ? undefined
              : (slots.pop() ?? new Float32Array(new SharedArrayBuffer(4 * maxRows * width)))
          slot?.set(view)
          await thread.ask(message({ vectors: slot ?? view, start, end }))
          if (slot) slots.push(slot)
        }
      }
      // Each thread has two pieces queued, so it never waits for the next one.
      await Promise.all([...threads, ...threads].map(feed))
    },
    async broadcast(message) {
      await Promise.all(threads.map((thread, at) => thread.ask(message(at))))
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()))
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

/** One thread; it answers messages in the order in which they were sent. */
class PoolThread {
  private readonly worker = startThread(entry)
  private readonly waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  private ended: unknown

  constructor() {
    this.worker.on('message', ({ error }: FromThread) => {
      const { resolve, reject } = this.waiting.shift()!
      if (error === undefined) resolve()
      else reject(error)
    })
    this.worker.on('error', (error) => this.end(error))
    this.worker.on('exit', () => this.end(new Error('a thread of the matrix product ended')))
  }

  ask(message: ToThread): Promise<void> {
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
