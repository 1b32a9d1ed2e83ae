import type { ByteSource } from '../../io/source.js'
import { PinnedFile } from '../../io/store/local/pinned-file.js'

/** Below this size, a copy in the journal costs less than a second read. */
const minRereadBytes = 4096
const maxOpen = 128

/** Location of an image in an input: number of the input, offset and length in bytes. */
export interface ImageLocation {
  readonly input: number
  readonly offset: number
  readonly size: number
}

/** Inputs that are local files: their images are read again from there, and never copied to scratch. */
export class InputImages {
  private readonly sources: ByteSource[] = []
  /** Least recently used first. */
  private readonly opened = new Map<number, PinnedFile>()
  private into = Buffer.allocUnsafe(1 << 16)

  /** Undefined if the image must be copied: its input is remote or compressed, or the image is small. */
  locate(
    source: ByteSource,
    image: { readonly bytes?: Uint8Array | undefined; readonly offset?: number | undefined },
  ): ImageLocation | undefined {
    const size = image.bytes?.byteLength ?? 0
    if (!source.local || image.offset === undefined || size < minRereadBytes) return undefined
    if (this.sources.at(-1) !== source) this.sources.push(source)
    return { input: this.sources.length - 1, offset: image.offset, size }
  }

  /** The bytes stay valid until the next read. */
  read({ input, offset, size }: ImageLocation): Uint8Array {
    if (size > this.into.byteLength) this.into = Buffer.allocUnsafe(size * 2)
    const bytes = this.into.subarray(0, size)
    this.fileOf(input).read(bytes, offset)
    return bytes
  }

  /** Throws `E_CHANGED` if an input changed after its images were checked. */
  checkUnchanged(): void {
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
      if (this.opened.size === maxOpen) this.closeOldest()
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
