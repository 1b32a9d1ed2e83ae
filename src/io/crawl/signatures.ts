import { isHeader, isZero } from '../tar/header.js'

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
  return isZero(head) || isHeader(head)
}
