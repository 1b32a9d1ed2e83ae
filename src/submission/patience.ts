import { backoff } from '../core/backoff.js'
import type { Clock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'

const longest_ms = 300_000
/** What a person or the end of other jobs removes, so that whoever follows a run waits for it. */
const passing = new Set(['E_CREDENTIALS_EXPIRED', 'E_QUEUE_LIMIT'])

/** Waits out errors that pass, with growing pauses, and says each of them once. */
export class Patience {
  private readonly clock: Clock
  private readonly pause: (attempt: number) => number
  private readonly say: (reason: string) => void
  private failures = 0
  private next = 0
  private said: string | undefined

  constructor(clock: Clock, first_ms: number, say: (reason: string) => void) {
    this.clock = clock
    this.pause = backoff({ first_ms, max_ms: longest_ms, jitter: 'half' })
    this.say = say
  }

  /** Whether the last attempt failed. */
  get waits(): boolean {
    return this.failures > 0
  }

  get isDue(): boolean {
    return this.clock.monotonic() >= this.next
  }

  /** Undefined if the attempt met an error that passes. Throws all other errors. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work()
      this.failures = 0
      this.said = undefined
      return result
    } catch (error) {
      if (!(error instanceof PipelineError) || !passing.has(error.code)) throw error
      this.failures += 1
      this.next = this.clock.monotonic() + this.pause(this.failures)
      const reason = `${error.message}${error.found === undefined ? '' : ` (${error.found})`}`
      if (reason !== this.said) this.say(reason)
      this.said = reason
      return undefined
    }
  }
}
