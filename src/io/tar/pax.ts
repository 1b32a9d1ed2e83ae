import { nameOf } from './name.js'

/** Records of a pax header in order, as far as they matter for reading files; later ones win. */
export type PaxRecords = readonly (readonly [keyword: string, value: Uint8Array])[]

const newline = 0x0a
const matters = /^(path|size|GNU\.(sparse|volume)\..*)$/

/**
 * Parses `LENGTH KEYWORD=VALUE\n` records by their lengths: values may hold line breaks and any bytes. If
 * a length is wrong, as from writers that counted characters, the record ends with its line.
 */
export function parsePax(body: Uint8Array): PaxRecords {
  const records: [string, Uint8Array][] = []
  for (let at = 0; at < body.length && body[at] !== 0;) {
    let length = 0
    let text = at
    for (; isDigit(body[text]); text++) length = length * 10 + (body[text] as number) - 0x30
    const framed = at + length > text + 1 && body[at + length - 1] === newline
    const line = framed ? at + length - 1 : body.indexOf(newline, at)
    if (line < 0) break
    const equals = body.indexOf(0x3d, text)
    if (text > at && body[text] === 0x20 && equals > text && equals < line) {
      const keyword = nameOf(body.subarray(text + 1, equals))
      if (matters.test(keyword)) records.push([keyword, body.subarray(equals + 1, line)])
    }
    at = line + 1
  }
  return records
}

/** Global records with those of one member over them. An empty value removes a record. */
export function joinPax(globals: PaxRecords, own: PaxRecords): PaxRecords {
  if (globals.length === 0) return own
  const named = new Set(own.map(([keyword]) => keyword))
  return [...globals.filter(([keyword]) => !named.has(keyword)), ...own]
}

/** The last value of a keyword; undefined if there is none or if it is empty. */
export function paxText(records: PaxRecords, keyword: string): string | undefined {
  const value = records.findLast(([name]) => name === keyword)?.[1]
  return value === undefined || value.length === 0 ? undefined : nameOf(value)
}

/** A count in decimal digits; undefined if there is none. */
export function paxNumber(records: PaxRecords, keyword: string): number | undefined {
  const text = paxText(records, keyword)
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39
