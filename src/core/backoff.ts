import { randomInt } from 'node:crypto'

export interface BackoffOptions {
  /** Wait before the second attempt, in milliseconds; it doubles with every further one. */
  readonly first_ms: number
  readonly max_ms: number
  /**
   * Share of a wait that chance may take away or add, so that many callers do not ask in step. `full`:
   * anything from nothing to the whole wait. `half`: from half of it to one and a half times it.
   */
  readonly jitter: 'full' | 'half'
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
}

/** How long to wait after the first failure (`attempt` 1), the second and so on, in milliseconds. */
export function backoff({ first_ms, max_ms, jitter, random = unit }: BackoffOptions) {
  return (attempt: number): number => {
    const whole = Math.min(max_ms, first_ms * 2 ** Math.min(attempt - 1, 30))
    return whole * (jitter === 'full' ? random() : 0.5 + random())
  }
}

function unit(): number {
  return randomInt(2 ** 32) / 2 ** 32
}
