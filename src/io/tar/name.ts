/**
 * Names of members, whatever their encoding. Bytes that are not UTF-8 become lone surrogates (0xE9 → U+DCE9),
 * as with Python's `surrogateescape`: different names stay different, and equal names equal.
 */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function nameOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes)
  return text.includes('\uFFFD') ? withSurrogates(bytes) : text
}

export function bytesOfName(name: string): Uint8Array {
  if (name.isWellFormed()) return encoder.encode(name)
  const parts = Array.from(name, (point) =>
    isSurrogate(point) ? [byteOf(point)] : [...encoder.encode(point)],
  )
  return Uint8Array.from(parts.flat())
}

/** With U+FFFD for what is not UTF-8, and without a byte order mark. */
export function nameForTables(name: string): string {
  return name.isWellFormed() && !name.startsWith('\uFEFF')
    ? name
    : new TextDecoder().decode(bytesOfName(name))
}

/** With `\xe9` for bytes that are not UTF-8, as Python's `backslashreplace` writes them. */
export function nameForPeople(name: string): string {
  if (name.isWellFormed()) return name
  return Array.from(name, (point) => (isSurrogate(point) ? `\\x${byteOf(point).toString(16)}` : point)).join(
    '',
  )
}

function withSurrogates(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] as number
    const sequence = bytes.subarray(at, at + (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4))
    const decoded = decoder.decode(sequence)
    const valid = Buffer.compare(encoder.encode(decoded), sequence) === 0
    text += valid ? decoded : String.fromCharCode(0xdc00 + lead)
    at += valid ? sequence.length : 1
  }
  return text
}

/** Iteration over a string yields a surrogate only where it is alone. */
const isSurrogate = (point: string) => point >= '\uDC80' && point <= '\uDCFF' && point.length === 1
const byteOf = (point: string) => point.charCodeAt(0) - 0xdc00
