import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

/**
 * The folder of real data beside the checkout, or undefined. Tests that need it say
 * `requirements.sharedData` (test/requires.ts).
 */
export function sharedFolder(): string | undefined {
  const folder = process.env.COTERIE_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url))
  return existsSync(join(folder, 'data')) ? folder : undefined
}
