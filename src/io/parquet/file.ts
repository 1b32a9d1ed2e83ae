import type { AsyncBuffer, FileMetaData } from 'hyparquet'
import { parquetMetadataAsync } from 'hyparquet'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { damaged } from './damage.js'

/** A footer larger than this is not one: 10,000 row groups of 100 columns take about 60 MB. */
const largestFooter = 256 << 20

export function asyncBuffer(source: ByteSource): AsyncBuffer {
  return {
    byteLength: source.size,
    async slice(start, end = source.size) {
      const from = start < 0 ? Math.max(0, source.size + start) : start
      const bytes = await source.read(from, end)
      if (bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength) return bytes.buffer as ArrayBuffer
      // Not `slice`: that of a Buffer is a view of its pool.
      return new Uint8Array(bytes).buffer
    },
  }
}

/** Throws `E_PARQUET_DAMAGED`; a forged footer length is refused before anything is allocated for it. */
export async function readMetadata(source: ByteSource): Promise<FileMetaData> {
  if (source.size < 12) throw damaged(source, new Error(`only ${source.size} bytes`))
  const tail = await source.read(source.size - 8, source.size)
  const magic = new TextDecoder('latin1').decode(tail.subarray(4))
  if (magic === 'PARE') {
    throw new PipelineError({ code: 'E_PARQUET_ENCRYPTED', message: 'this parquet file has an encrypted footer', place: source.uri, hint: 'decrypt it first' })
  }
  if (magic !== 'PAR1') throw damaged(source, new Error(`no PAR1 at its end, but ${JSON.stringify(magic)}`))
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true)
  if (length > Math.min(largestFooter, source.size - 12)) throw damaged(source, new Error(`a footer of ${length} bytes in a file of ${source.size}`))
  try {
    return await parquetMetadataAsync(asyncBuffer(source), { geoparquet: false })
  } catch (error) {
    throw damaged(source, error, ' (footer)')
  }
}
