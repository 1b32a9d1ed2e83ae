import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * SHA-256 of every published file of a local store by `stage/fingerprint/name`, read from the disk, beside
 * the accounting of every task: what two runs must have in common, whoever did the work. Records' own timings
 * are left out.
 */
export async function artefactDigests(store: string): Promise<{ [path: string]: string }> {
  const digests: { [path: string]: string } = {}
  for (const stage of (await readdir(store)).filter((name) => !name.startsWith('_')).sort()) {
    for (const file of await readdir(join(store, stage, 'records'))) {
      const record = JSON.parse(await readFile(join(store, stage, 'records', file), 'utf8')) as StoredRecord
      digests[`${stage}/${record.key}/accounting`] = JSON.stringify(record.accounting)
      for (const { name } of record.files) {
        digests[`${stage}/${record.key}/${name}`] = await digestOfFile(
          join(store, stage, 'data', record.data ?? record.fingerprint, name),
        )
      }
    }
  }
  return digests
}

interface StoredRecord {
  readonly key: string
  readonly fingerprint: string
  readonly data?: string
  readonly accounting: unknown
  readonly files: readonly { readonly name: string }[]
}

/** The names whose digests differ, or that only one of the two has. */
export function differences(one: { [path: string]: string }, other: { [path: string]: string }): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((path) => one[path] !== other[path])
    .sort()
}

async function digestOfFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}
