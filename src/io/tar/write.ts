import { blockSize, fileHeader, paddingOf } from './header.js'

/** Where the bytes go; `OutputFile` of a task is one. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>
}

const zeros = new Uint8Array(2 * blockSize)

/**
 * Writes regular files in the order given, with headers that hold no clock and no owner: equal members give
 * equal bytes.
 */
export class TarWriter {
  private readonly sink: ByteSink
  /** Bytes written so far. */
  size = 0

  constructor(sink: ByteSink) {
    this.sink = sink
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.put(fileHeader(name, bytes.byteLength))
    await this.put(bytes)
    const padding = paddingOf(bytes.byteLength)
    if (padding > 0) await this.put(zeros.subarray(0, padding))
  }

  /** Two zero blocks end an archive. */
  async end(): Promise<void> {
    await this.put(zeros)
  }

  private async put(bytes: Uint8Array): Promise<void> {
    this.size += bytes.byteLength
    await this.sink.write(bytes)
  }
}
