import { readText, readWhole } from '../read-whole.js'
import { tableFromIPC, Vector } from 'apache-arrow'
import { PipelineError } from '../../core/error.js'
import type { Json } from '../../core/json.js'
import { imageHeader } from '../image/image.js'
import { isImageExtension } from '../image/type.js'
import { openNpy } from '../npy.js'
import { openParquet } from '../parquet/read.js'
import type { ByteSource } from '../source.js'
import { nameForPeople } from '../tar/name.js'
import { readWebDataset, type WebDatasetMember } from '../tar/webdataset.js'
import { type Inspection, plain } from './inspection.js'

type Row = { [name: string]: Json }

/** The images of a larger row group are not read just to show a few. */
const maxImageBytes = 128e6

export async function inspectParquet(source: ByteSource, limit: number): Promise<Inspection> {
  const file = await openParquet(source)
  const columns = file.columns.map(({ name, type }) => ({ name, type }))
  const sample: Row[] = []
  const large = (file.rowGroups[0]?.bytes ?? 0) > maxImageBytes
  const shown = columns
    .filter(({ type }) => !large || (type !== 'bytes' && type !== 'image'))
    .map(({ name }) => name)
  if (limit > 0 && shown.length > 0) {
    for await (const batch of file.read(shown, 0, Math.min(limit, file.rows))) {
      for (let i = 0; i < batch.rows; i++)
        sample.push(Object.fromEntries(shown.map((name) => [name, plain(batch.columns[name]?.[i])])))
    }
  }
  return { kind: 'parquet', rows: file.rows, columns, sample }
}

export async function inspectWebDataset(source: ByteSource, limit: number): Promise<Inspection> {
  const types = new Map<string, string>()
  const sample: Row[] = []
  let rows = 0
  const text = /\.(txt|json|cls|caption)$/i
  for await (const { key, members, unsafe } of readWebDataset(source, {
    wanted: (name) => rows <= limit || text.test(name),
  })) {
    rows += 1
    for (const extension of members.keys())
      if (!types.has(extension)) types.set(extension, typeOfExtension(extension))
    if (sample.length >= limit) continue
    const row: Row = { key: nameForPeople(key), ...(unsafe === undefined ? {} : { unsafe }) }
    for (const [extension, member] of members)
      row[extension] = await memberValue(types.get(extension) as string, member)
    sample.push(row)
  }
  return {
    kind: 'webdataset',
    rows,
    columns: [{ name: 'key', type: 'text' }, ...[...types].map(([name, type]) => ({ name, type }))],
    sample,
  }
}

function typeOfExtension(extension: string): string {
  if (isImageExtension(extension)) return 'image'
  if (/^(txt|caption)$/.test(extension)) return 'text'
  return extension === 'json' ? 'json' : extension === 'cls' ? 'integer' : 'bytes'
}

async function memberValue(type: string, member: WebDatasetMember): Promise<Json> {
  if (!member.read) return { bytes: member.size }
  if (type === 'image') {
    const header = await imageHeader(member.bytes).catch((error: Error) => ({ trouble: error.message }))
    return { bytes: member.size, ...header }
  }
  if (type === 'bytes') return { bytes: member.size }
  const text = new TextDecoder().decode(member.bytes)
  if (type === 'text') return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** Shows the norm and the first numbers of each vector; the rest is not informative. */
export async function inspectNpy(source: ByteSource, limit: number): Promise<Inspection> {
  const array = await openNpy(source)
  const [rows = 0, ...rest] = array.shape
  const width = rest.reduce((product, extent) => product * extent, 1)
  const shown = Math.min(limit, rows)
  const values = shown > 0 ? await array.readRows(0, shown) : new Float32Array(0)
  const sample = Array.from({ length: shown }, (_, row) => {
    const vector = values.subarray(row * width, (row + 1) * width)
    return {
      row,
      norm: rounded(Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))),
      first: Array.from(vector.subarray(0, 8), rounded),
    }
  })
  return {
    kind: 'npy',
    rows,
    columns: [{ name: 'values', type: `${array.dtype}[${rest.join(',')}]` }],
    sample,
  }
}

const rounded = (value: number): number | string =>
  Number.isFinite(value) ? Number(value.toPrecision(6)) : String(value)

export async function inspectArrow(source: ByteSource, limit: number): Promise<Inspection> {
  const bytes = await readWhole(source)
  try {
    const table = tableFromIPC(bytes)
    const columns = table.schema.fields.map(({ name, type }) => ({ name, type: String(type) }))
    const cell = (value: unknown): Json => plain(value instanceof Vector ? value.toArray() : value)
    const sample = Array.from({ length: Math.min(limit, table.numRows) }, (_, row) =>
      Object.fromEntries(columns.map(({ name }) => [name, cell(table.getChild(name)?.get(row))])),
    )
    return { kind: 'arrow', rows: table.numRows, columns, sample }
  } catch (error) {
    throw new PipelineError({
      code: 'E_ARROW',
      message: 'this Arrow file cannot be read',
      place: source.uri,
      found: (error as Error).message.split('\n')[0],
      cause: error,
    })
  }
}

export async function inspectJson(source: ByteSource, limit: number): Promise<Inspection> {
  let value: Json
  try {
    value = JSON.parse(await readText(source)) as Json
  } catch (error) {
    throw new PipelineError({
      code: 'E_JSON',
      message: 'this file begins like JSON but is not valid JSON',
      place: source.uri,
      found: (error as Error).message,
      cause: error,
    })
  }
  const rows = (Array.isArray(value) ? value : [value]) as Json[]
  const objects = rows.map((row): Row =>
    row !== null && typeof row === 'object' && !Array.isArray(row) ? (row as Row) : { value: row },
  )
  const columns = Object.entries(objects[0] ?? {}).map(([name, member]) => ({
    name,
    type: Array.isArray(member) ? `list[${member.length}]` : member === null ? 'null' : typeof member,
  }))
  return { kind: 'json', rows: rows.length, columns, sample: objects.slice(0, limit) }
}
