/** Bytes that can be read by range: an input shard or one file of an artefact. The seam that every format reads through. */
export interface ByteSource {
  /** For messages. */
  readonly uri: string
  readonly size: number
  /** `end` exclusive. Throws `E_SHORT_READ` if fewer bytes come. */
  read(start: number, end: number): Promise<Uint8Array>
  /** From `start` to the end, in order. */
  stream(start?: number): AsyncIterable<Uint8Array>
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
