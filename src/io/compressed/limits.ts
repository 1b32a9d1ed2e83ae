import { compressedError } from './damage.js'

/** Up to here any ratio is taken. */
const freeBytes = 64 << 20
/** Tars of images and texts compress to a half at best; beyond this, the bytes are made to fill memory. */
const maxRatio = 200

/** Ends a stream that expands beyond measure. */
export class ExpansionLimit {
  private taken = 0
  private given = 0
  private readonly place: string

  constructor(place: string) {
    this.place = place
  }

  read(bytes: number): void {
    this.taken += bytes
  }

  made(bytes: number): void {
    this.given += bytes
    if (this.given <= freeBytes || this.given <= maxRatio * this.taken) return
    throw compressedError(
      this.place,
      `this shard expands to more than ${maxRatio} times its size`,
      `${this.given} bytes from ${this.taken}`,
    )
  }
}
