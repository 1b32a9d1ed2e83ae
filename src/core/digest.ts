import { hash } from 'node:crypto'
import { canonicalJson } from './json.js'

/** SHA-256, 64 lower-case hex digits. */
export function sha256(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex')
}

/** SHA-256 of the canonical JSON of a value. */
export function digestOfJson(value: unknown): string {
  return sha256(canonicalJson(value))
}
