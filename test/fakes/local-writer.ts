import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PipelineError } from '../../src/core/error.js'
import { localStore } from '../../src/io/store/local/store.js'

/**
 * `local-writer.ts FOLDER KEY [FILE]`: creates one object and prints the outcome, for a test that breaks
 * system calls under it.
 */
const [folder = '', key = '', path] = process.argv.slice(2)
const bytes = path === undefined ? new TextEncoder().encode('all of it') : readFileSync(path)
const body =
  path === undefined
    ? bytes
    : { path, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
try {
  console.log(await localStore(folder).create(key, body))
} catch (error) {
  console.log(PipelineError.from(error).code)
}
