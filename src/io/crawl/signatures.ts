/** Number of bytes from the start of a shard that determine its format. */
export const headBytes = 512

export function startsWith(bytes: Uint8Array, magic: string): boolean {
  return bytes.byteLength >= magic.length && [...magic].every((char, i) => bytes[i] === char.charCodeAt(0))
}

export function isParquet(head: Uint8Array): boolean {
  return startsWith(head, 'PAR1')
}

/**
 * Checks the checksum in the header, which every tar dialect has. An empty archive begins with a block of
 * zeros.
 */
export function isTar(head: Uint8Array): boolean {
  if (head.byteLength < headBytes) return false
  if (head.every((byte) => byte === 0)) return true
  const field = new TextDecoder('latin1')
    .decode(head.subarray(148, 156))
    .replace(/[\0 ]+$/g, '')
    .trim()
  if (!/^[0-7]{1,7}$/.test(field)) return false
  let unsigned = 0
  let signed = 0
  head.forEach((byte, i) => {
    const value = i >= 148 && i < 156 ? 32 : byte
    unsigned += value
    signed += value > 127 ? value - 256 : value
  })
  const sum = parseInt(field, 8)
  return sum === unsigned || sum === signed
}
