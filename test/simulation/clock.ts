import type { Clock } from '../../src/core/clock.js'

interface Event {
  readonly at: number
  readonly order: number
  readonly happen: () => void
  /** Somebody's `await` goes on: what follows from it comes before the next event. */
  readonly wakes: boolean
}

/**
 * Time that jumps from event to event, in the order in which they were foreseen. Nothing in it takes time by
 * itself.
 */
export class SimulatedClock implements Clock {
  private time = 1_700_000_000_000
  private order = 0
  private readonly heap: Event[] = []

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.time
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => reject(signal?.reason)
      signal?.addEventListener('abort', stop, { once: true })
      this.push(milliseconds, true, () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      })
    })
  }

  after(milliseconds: number, happen: () => void, wakes = false): void {
    this.push(milliseconds, wakes, happen)
  }

  /** Lets time pass until this is settled; what is left to happen then is kept for the next call. */
  async until<T>(promise: Promise<T>, mostHours = 10_000): Promise<T> {
    const end = this.time + mostHours * 3_600_000
    let settled = false
    const over = () => {
      settled = true
    }
    promise.then(over, over)
    for (;;) {
      // Everything in memory: whatever can go on without time passing has done so in one turn.
      await new Promise((resolve) => setImmediate(resolve))
      if (settled) return promise
      for (;;) {
        const next = this.pop()
        if (!next) throw new Error('everybody waits, and nothing is going to happen')
        this.time = Math.max(this.time, next.at)
        if (this.time > end) throw new Error(`not over after ${mostHours} hours`)
        next.happen()
        if (next.wakes) break
      }
    }
  }

  private push(milliseconds: number, wakes: boolean, happen: () => void): void {
    const event = { at: this.time + milliseconds, order: this.order++, happen, wakes }
    let at = this.heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!earlier(event, this.heap[parent]!)) break
      this.heap[at] = this.heap[parent]!
      at = parent
    }
    this.heap[at] = event
  }

  private pop(): Event | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (!first || !last || this.heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.heap.length) break
      if (child + 1 < this.heap.length && earlier(this.heap[child + 1]!, this.heap[child]!)) child += 1
      if (!earlier(this.heap[child]!, last)) break
      this.heap[at] = this.heap[child]!
      at = child
    }
    this.heap[at] = last
    return first
  }
}

function earlier(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
