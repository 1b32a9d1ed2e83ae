import type { Clock } from '../core/clock.js'
import type { Json } from '../core/json.js'
import type { Store } from '../io/store/store.js'
import { markKey, type MarkState } from './layout.js'

const beatMilliseconds = 60_000

/**
 * Writes the marks of an attempt at an element, in `_live/`: `running` from its start, renewed once a
 * minute; another state at its end, or none if it succeeded, which the records show. A failure to write a
 * mark is not an error of the job.
 */
export class Marker {
  private readonly store: Store
  private readonly clock: Clock
  private readonly keyOf: (state: MarkState) => string
  private version: string | undefined
  private last = Number.NEGATIVE_INFINITY

  constructor(
    store: Store,
    clock: Clock,
    place: { folder: string; array: string; index: number; attempt: number },
  ) {
    this.store = store
    this.clock = clock
    this.keyOf = (state) =>
      markKey(place.folder, place.array, { index: place.index, attempt: place.attempt, state })
  }

  /** Writes at most once a minute, however often it is called. */
  async beat(content: Json): Promise<void> {
    if (this.clock.monotonic() - this.last < beatMilliseconds) return
    this.last = this.clock.monotonic()
    await this.quietly(async () => {
      const key = this.keyOf('running')
      const outcome = await this.store.replace(
        key,
        encode(content),
        this.version ?? (await this.store.stat(key))?.version,
      )
      this.version = outcome === 'conflict' ? undefined : outcome.version
    })
  }

  async end(state: Exclude<MarkState, 'running'> | undefined, content: Json = null): Promise<void> {
    await this.quietly(async () => {
      if (state !== undefined) {
        const key = this.keyOf(state)
        await this.store.replace(key, encode(content), (await this.store.stat(key))?.version)
      }
      await this.store.remove(this.keyOf('running'))
    })
  }

  private async quietly(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      process.stderr.write(`the state of this job cannot be written: ${(error as Error).message}\n`)
    }
  }
}

function encode(content: Json): Uint8Array {
  return Buffer.from(`${JSON.stringify(content)}\n`)
}
