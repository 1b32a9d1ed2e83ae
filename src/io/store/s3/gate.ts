/**
 * Where requests wait for their turn. Halved when the server asks to slow down, one wider again after each
 * full round of successes.
 */
export class Gate {
  private limit: number
  private under_way = 0
  private successes = 0
  private readonly most: number
  private readonly waiting: (() => void)[] = []

  constructor(most: number) {
    this.most = most
    this.limit = most
  }

  /** Requests that may be under way at once now. */
  get width(): number {
    return this.limit
  }

  async enter(): Promise<void> {
    if (this.under_way < this.limit) {
      this.under_way++
      return
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  /**
   * `slow_down`: the server throttled this request, which counts once for all that were sent in the same
   * round.
   */
  leave(outcome: 'ok' | 'failed' | 'slow_down'): void {
    this.under_way--
    if (outcome === 'ok' && ++this.successes >= this.limit) {
      this.successes = 0
      this.limit = Math.min(this.most, this.limit + 1)
    }
    if (outcome === 'slow_down') {
      // Other answers of the same burst come while successes are still negative: they say nothing new.
      if (this.successes >= 0) this.limit = Math.max(1, Math.floor(this.limit / 2))
      this.successes = -this.limit
    }
    while (this.under_way < this.limit && this.waiting.length > 0) {
      this.under_way++
      this.waiting.shift()?.()
    }
  }
}
