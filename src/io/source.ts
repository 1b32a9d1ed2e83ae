/**
 * Bytes that can be read by range: an input shard or a file of an artefact. All format readers use this
 * interface.
 */
export interface ByteSource {
  /** For messages. */
  readonly uri: string
  readonly size: number
  /**
   * The local file, if the bytes are on this machine: streamed bytes can be read again and need not be
   * kept.
   */
  readonly local?: LocalBytes | undefined
  /**
   * Set if the bytes are decompressed while they are streamed: `read` throws, `stream` starts at the
   * beginning only, and `size` is that of the compressed bytes.
   */
  readonly compression?: string | undefined
  /** `end` exclusive. Throws `E_SHORT_READ` if fewer bytes come. */
  read(start: number, end: number): Promise<Uint8Array>
  /** From `start` to the end, in order. Pieces are not modified after they are yielded. */
  stream(start?: number): AsyncIterable<Uint8Array>
}

/** A file at the version that a source is pinned to. */
export interface LocalBytes {
  readonly path: string
  readonly version: string
}

/** A source over bytes in memory. */
export function memorySource(uri: string, bytes: Uint8Array): ByteSource {
  return {
    uri,
    size: bytes.byteLength,
    read: async (start, end) => bytes.subarray(start, Math.min(end, bytes.byteLength)),
    async *stream(start = 0) {
      yield bytes.subarray(start)
    },
  }
}
