import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { documentSchemas } from './document-schemas.js'

/**
 * Writes the schemas of `--json` documents. Slower than `gen`, so a test compares them instead of `check`.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
for (const [name, text] of documentSchemas(root)) {
  await mkdir(dirname(join(root, name)), { recursive: true })
  await writeFile(join(root, name), text)
}
