import { parquetMetadata, type FileMetaData } from 'hyparquet'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { damaged } from './damage.js'

/** A footer larger than this is not one: 10,000 row groups of 100 columns take about 60 MB. */
const maxFooterBytes = 256 << 20

/** Read at once from the end: most footers are smaller. */
const usualFooter = 64 << 10

/** Throws `E_PARQUET_DAMAGED`; a forged footer length is refused before anything is allocated for it. */
export async function readMetadata(source: ByteSource): Promise<FileMetaData> {
  if (source.size < 12) throw damaged(source, new Error(`only ${source.size} bytes`))
  let tail = await source.read(Math.max(0, source.size - usualFooter), source.size)
  const end = tail.subarray(tail.byteLength - 8)
  const magic = new TextDecoder('latin1').decode(end.subarray(4))
  if (magic === 'PARE') {
    throw new PipelineError({
      code: 'E_PARQUET_ENCRYPTED',
      message: 'this parquet file has an encrypted footer',
      place: source.uri,
      hint: 'decrypt it first',
    })
  }
  if (magic !== 'PAR1') throw damaged(source, new Error(`no PAR1 at its end, but ${JSON.stringify(magic)}`))
  const length = new DataView(end.buffer, end.byteOffset).getUint32(0, true)
  if (length > Math.min(maxFooterBytes, source.size - 12))
    throw damaged(source, new Error(`a footer of ${length} bytes in a file of ${source.size}`))
  if (length + 8 > tail.byteLength) tail = await source.read(source.size - length - 8, source.size)
  try {
    return parquetMetadata(new Uint8Array(tail.subarray(tail.byteLength - length - 8)).buffer, {
      geoparquet: false,
    })
  } catch (error) {
    throw damaged(source, error, ' (footer)')
  }
}
