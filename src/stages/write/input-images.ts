import type { ByteSource } from '../../io/source.js'
import { PinnedFile } from '../../io/store/local/file.js'

/** Below this a copy in the log costs less than a second read. */
const worthReadingAgain = 4096
const mostOpen = 128

/** Where an image lies in an input: the input's number, the offset and length in bytes. */
export interface ImagePlace {
  readonly input: number
  readonly offset: number
  readonly size: number
}

/**
 * Inputs that lie on this machine: their images are read again where they are, and never copied to scratch.
 */
export class InputImages {
  private readonly sources: ByteSource[] = []
  /** The one used longest ago first. */
  private readonly opened = new Map<number, PinnedFile>()
  private into = Buffer.allocUnsafe(1 << 16)

  /**
   * Undefined where the image has to be kept: its input is elsewhere, or compressed, or the image is small.
   */
  placeOf(
    source: ByteSource,
    image: { readonly bytes?: Uint8Array | undefined; readonly offset?: number | undefined },
  ): ImagePlace | undefined {
    const size = image.bytes?.byteLength ?? 0
    if (!source.local || image.offset === undefined || size < worthReadingAgain) return undefined
    if (this.sources.at(-1) !== source) this.sources.push(source)
    return { input: this.sources.length - 1, offset: image.offset, size }
  }

  /** The bytes stay valid until the next read. */
  read({ input, offset, size }: ImagePlace): Uint8Array {
    if (size > this.into.byteLength) this.into = Buffer.allocUnsafe(size * 2)
    const bytes = this.into.subarray(0, size)
    this.fileOf(input).read(bytes, offset)
    return bytes
  }

  /** Throws `E_CHANGED` where an input was written to after its images were looked at. */
  check(): void {
    for (const file of this.opened.values()) file.check()
  }

  close(): void {
    for (const file of this.opened.values()) file.close()
    this.opened.clear()
  }

  private fileOf(input: number): PinnedFile {
    let file = this.opened.get(input)
    if (file) this.opened.delete(input)
    else {
      if (this.opened.size === mostOpen) this.closeOldest()
      const { uri, local } = this.sources[input] as ByteSource
      file = new PinnedFile({ uri, ...local! })
    }
    this.opened.set(input, file)
    return file
  }

  private closeOldest(): void {
    const [input, file] = this.opened.entries().next().value as [number, PinnedFile]
    this.opened.delete(input)
    try {
      file.check()
    } finally {
      file.close()
    }
  }
}
