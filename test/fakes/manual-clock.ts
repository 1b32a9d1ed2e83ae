import type { Clock } from '../../src/core/clock.js'

/** Time that passes only when somebody sleeps, and then at once. */
export class ManualClock implements Clock {
  private milliseconds: number

  constructor(start = 1_000_000) {
    this.milliseconds = start
  }

  now(): number {
    return this.milliseconds
  }

  monotonic(): number {
    return this.milliseconds
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.milliseconds += milliseconds
    await new Promise((resolve) => setImmediate(resolve))
  }

  pass(milliseconds: number): void {
    this.milliseconds += milliseconds
  }
}
