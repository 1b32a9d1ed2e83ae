import { parquetSchema, type FileMetaData, type SchemaElement, type SchemaTree } from 'hyparquet'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { damaged } from './damage.js'
import { readMetadata } from './file.js'
import { isText } from './text-type.js'

export interface ParquetFooter {
  readonly rows: number
  readonly rowGroups: readonly { readonly row_start: number; readonly rows: number; readonly bytes: number }[]
  readonly columns: readonly ParquetColumn[]
}

/** A top-level column. */
export interface ParquetColumn {
  readonly name: string
  readonly type: 'text' | 'bytes' | 'integer' | 'number' | 'flag' | 'texts' | 'image' | 'nested' | 'other'
}

/** One or two range requests, no rows. Throws `E_PARQUET_DAMAGED`. */
export async function parquetFooter(source: ByteSource): Promise<ParquetFooter> {
  return describeFooter(source, await readMetadata(source))
}

/**
 * Throws `E_PARQUET_DAMAGED` where counts or the schema do not fit together, `E_COLUMN_TWICE` where two
 * columns have one name.
 */
export function describeFooter(source: ByteSource, metadata: FileMetaData): ParquetFooter {
  let footer: ParquetFooter
  try {
    footer = describe(metadata)
  } catch (error) {
    throw damaged(source, error, ' (footer)')
  }
  refuseRepeatedNames(source, footer.columns)
  return footer
}

/** Readers that look a column up by its name would take either of two, so neither can be trusted. */
function refuseRepeatedNames(source: ByteSource, columns: readonly ParquetColumn[]): void {
  const seen = new Set<string>()
  for (const { name } of columns) {
    if (seen.has(name))
      throw new PipelineError({
        code: 'E_COLUMN_TWICE',
        message: `this parquet file has two columns named ${name}`,
        place: source.uri,
        expected: 'each column once',
        found: columns.map((column) => column.name).join(', '),
        hint: 'write the file again with one of them renamed',
      })
    seen.add(name)
  }
}

function describe(metadata: FileMetaData): ParquetFooter {
  let row = 0
  const rowGroups = metadata.row_groups.map((group) => {
    const rows = Number(group.num_rows)
    if (!Number.isSafeInteger(rows) || rows < 0) throw new Error(`a row group of ${rows} rows`)
    const described = {
      row_start: row,
      rows,
      bytes: group.columns.reduce(
        (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0n),
        0,
      ),
    }
    row += rows
    return described
  })
  if (row !== Number(metadata.num_rows))
    throw new Error(`${metadata.num_rows} rows in the footer, ${row} in its row groups`)
  return {
    rows: row,
    rowGroups,
    columns: parquetSchema(metadata).children.map((tree) => ({ name: nameOf(tree), type: typeOf(tree) })),
  }
}

function nameOf({ element: { name } }: SchemaTree): string {
  if (typeof name !== 'string') throw new Error('a column without a name')
  return name
}

function typeOf(tree: SchemaTree): ParquetColumn['type'] {
  const { element, children } = tree
  if (children.length > 0) {
    const names = children.map((child) => child.element.name)
    if (names.includes('bytes') && element.repetition_type !== 'REPEATED') return 'image'
    const list = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST'
    const leaf = children[0]?.children[0] ?? children[0]
    return list && leaf && typeOf(leaf) === 'text' ? 'texts' : 'nested'
  }
  if (element.repetition_type === 'REPEATED') return element.type === 'BYTE_ARRAY' ? 'texts' : 'nested'
  switch (element.type) {
    case 'BYTE_ARRAY':
      return isText(element) ? 'text' : 'bytes'
    case 'INT32':
    case 'INT64':
      return isTime(element) ? 'text' : 'integer'
    case 'FLOAT':
    case 'DOUBLE':
      return 'number'
    case 'BOOLEAN':
      return 'flag'
    case 'INT96':
      return 'text'
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedTypeOf(element)
    default:
      return 'other'
  }
}

/** Dates and timestamps are read as text. */
const isTime = ({ converted_type: type, logical_type: logical }: SchemaElement) =>
  type === 'DATE' || type?.startsWith('TIMESTAMP') || logical?.type === 'TIMESTAMP'

function fixedTypeOf({ converted_type: type, logical_type: logical }: SchemaElement): ParquetColumn['type'] {
  if (type === 'DECIMAL' || logical?.type === 'FLOAT16') return 'number'
  return logical?.type === 'UUID' ? 'text' : 'other'
}
