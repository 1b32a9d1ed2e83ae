/**
 * Limits concurrent requests. The limit is halved when the server asks to slow down, and grows by one after
 * each full round of successes.
 */
export class Gate {
  private limit: number
  private active = 0
  private successes = 0
  private readonly max: number
  private readonly waiting: (() => void)[] = []

  constructor(max: number) {
    this.max = max
    this.limit = max
  }

  /** The current limit on concurrent requests. */
  get width(): number {
    return this.limit
  }

  async enter(): Promise<void> {
    if (this.active < this.limit) {
      this.active++
      return
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  /**
   * `slow_down`: the server throttled this request, which counts once for all that were sent in the same
   * round.
   */
  leave(outcome: 'ok' | 'failed' | 'slow_down'): void {
    this.active--
    if (outcome === 'ok' && ++this.successes >= this.limit) {
      this.successes = 0
      this.limit = Math.min(this.max, this.limit + 1)
    }
    if (outcome === 'slow_down') {
      // Other answers of the same burst come while successes are still negative: they say nothing new.
      if (this.successes >= 0) this.limit = Math.max(1, Math.floor(this.limit / 2))
      this.successes = -this.limit
    }
    while (this.active < this.limit && this.waiting.length > 0) {
      this.active++
      this.waiting.shift()?.()
    }
  }
}
