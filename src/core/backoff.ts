import { randomInt } from 'node:crypto'

export interface BackoffOptions {
  /** Delay before the second attempt, in milliseconds; it doubles with every further one. */
  readonly first_ms: number
  readonly max_ms: number
  /**
   * Random variation, so that many callers do not retry at the same time. `full`: from 0 to 1 times the
   * delay. `half`: from 0.5 to 1.5 times.
   */
  readonly jitter: 'full' | 'half'
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
}

/** Returns the delay after the first failure (`attempt` 1), the second and so on, in milliseconds. */
export function backoff({ first_ms, max_ms, jitter, random = unit }: BackoffOptions) {
  return (attempt: number): number => {
    const whole = Math.min(max_ms, first_ms * 2 ** Math.min(attempt - 1, 30))
    return whole * (jitter === 'full' ? random() : 0.5 + random())
  }
}

function unit(): number {
  return randomInt(2 ** 32) / 2 ** 32
}
