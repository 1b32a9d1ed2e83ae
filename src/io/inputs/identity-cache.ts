import { randomBytes } from 'node:crypto'
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sha256 } from '../../core/digest.js'
import { makeFolder } from '../store/local/folder.js'

export interface IdentityCache {
  get(key: string): string | undefined
  put(key: string, digest: string): void
  save(): Promise<void>
}

/** A larger file is rewritten with one line per key. */
const compactBytes = 32 << 20

/**
 * A cache of digests that any number of runs may share: an append-only text file with one line per entry.
 * Each line has a checksum, so torn or overlapping lines are skipped. Losing the cache only costs hashing
 * again; a file that cannot be written is not an error.
 */
export async function openIdentityCache(path: string): Promise<IdentityCache> {
  const text = await readFile(path, 'latin1').catch(() => '')
  const digests = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [check, key, digest] = line.split(' ')
    if (check && key && digest && /^[0-9a-f]{64}$/.test(digest) && check === checkOf(key, digest))
      digests.set(key, digest)
  }
  if (text.length > compactBytes) await rewrite(path, digests).catch(() => {})
  let pending: string[] = []
  const flush = async () => {
    const lines = pending
    pending = []
    if (lines.length === 0) return
    await makeFolder(dirname(path))
    // The leading newline ends a line that a killed run left unfinished.
    await appendFile(path, `\n${lines.join('\n')}\n`)
  }
  return {
    get: (key) => digests.get(key),
    put(key, digest) {
      digests.set(key, digest)
      pending.push(`${checkOf(key, digest)} ${key} ${digest}`)
      // A killed run loses only the last few digests.
      if (pending.length >= 16) flush().catch(() => {})
    },
    save: () => flush().catch(() => {}),
  }
}

async function rewrite(path: string, digests: ReadonlyMap<string, string>): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`
  await writeFile(
    temporary,
    [...digests].map(([key, digest]) => `${checkOf(key, digest)} ${key} ${digest}\n`).join(''),
  )
  await rename(temporary, path)
}

function checkOf(key: string, digest: string): string {
  return sha256(`${key} ${digest}`).slice(0, 8)
}
