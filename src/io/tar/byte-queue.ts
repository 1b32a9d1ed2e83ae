/** Turns pieces of any size into pieces of wanted sizes, copying only what spans two pieces. */
export class ByteQueue {
  private piece: Uint8Array = new Uint8Array(0)
  private at = 0
  private readonly pieces: AsyncIterator<Uint8Array>
  /** Position in the stream of the next byte. */
  offset = 0

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]()
  }

  /** Exactly `length` bytes, or fewer at the end of the stream. They may be a view into a piece. */
  async take(length: number): Promise<Uint8Array> {
    if (this.piece.length - this.at < length) return this.gather(length)
    const bytes = this.piece.subarray(this.at, this.at + length)
    this.at += length
    this.offset += length
    return bytes
  }

  /** How many of the `length` bytes were there to be passed over. */
  async skip(length: number): Promise<number> {
    let left = length
    while (left > 0) {
      const here = Math.min(left, this.piece.length - this.at)
      this.at += here
      this.offset += here
      left -= here
      if (left > 0 && !(await this.next())) break
    }
    return length - left
  }

  /** Ends the stream behind it early. */
  async close(): Promise<void> {
    await this.pieces.return?.()
  }

  private async gather(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const here = this.piece.subarray(this.at, this.at + length - filled)
      bytes.set(here, filled)
      filled += here.length
      this.at += here.length
      if (filled < length && !(await this.next())) break
    }
    this.offset += filled
    return bytes.subarray(0, filled)
  }

  private async next(): Promise<boolean> {
    const { done, value } = await this.pieces.next()
    if (done) return false
    // A Buffer's `slice` would be a view; what is handed out is a plain array.
    this.piece = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    this.at = 0
    return true
  }
}
