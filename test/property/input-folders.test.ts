import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { PipelineError } from '../../src/core/error.js'
import { listInputs } from '../../src/io/inputs/list.js'
import { Skipped } from '../../src/io/inputs/skipped.js'

/**
 * Folders as crawls leave them. Every file is read, named as unreadable, or counted under a reason: the
 * expectation is worked out from the path alone.
 */
const runs = process.env.COTERIE_LONG ? 10_000 : 200

const folder = fc.constantFrom('', 'a/', 'b c/', '_old/', '.git/', '_lang=de/', 'lang=en/', 'store/', 'tmp/')
const file = fc.constantFrom(
  '0.tar',
  '1.tar',
  'é.tar',
  '_1.tar',
  '.2.tar',
  'a.tar.gz',
  'c.tgz',
  'b.tar.zst',
  'readme.md',
  'list.csv',
  '_SUCCESS',
  'noextension',
)
const entry = fc.record({
  path: fc.tuple(folder, folder, file).map((parts) => parts.join('')),
  dangling: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
})

function expected(path: string): 'read' | 'hidden' | 'compressed' | 'other_kind' | 'in_store' | 'ignored' {
  if (path.startsWith('store/')) return 'in_store'
  if (path.startsWith('tmp/')) return 'ignored'
  if (path.split('/').some((part) => /^[._]/.test(part) && !part.includes('='))) return 'hidden'
  if (/\.(tgz|tar\.(gz|zst))$/.test(path)) return 'compressed'
  return path.endsWith('.tar') ? 'read' : 'other_kind'
}

test(`of ${runs} folders, every file is read or named`, async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(entry, { selector: ({ path }) => path, minLength: 1, maxLength: 25 }),
      async (entries) => {
        const root = await mkdtemp(join(tmpdir(), 'coterie-folders-'))
        try {
          for (const { path, dangling } of entries) {
            await mkdir(dirname(join(root, path)), { recursive: true })
            if (dangling) await symlink('/nowhere/at-all', join(root, path))
            else await writeFile(join(root, path), path)
          }
          await check(root, entries)
        } finally {
          await rm(root, { recursive: true, force: true })
        }
      },
    ),
    { numRuns: runs },
  )
  t.pass()
})

async function check(
  root: string,
  entries: readonly { readonly path: string; readonly dangling: boolean }[],
): Promise<void> {
  const skipped = new Skipped()
  const broken = entries.filter(({ path, dangling }) => dangling && expected(path) === 'read')
  const whole = entries.filter(({ dangling }) => !dangling)
  const wanted = new Map<string, number>()
  for (const { path } of whole) wanted.set(expected(path), (wanted.get(expected(path)) ?? 0) + 1)
  let files: readonly string[] = []
  try {
    const found = await listInputs({ uri: `${root}/`, store: join(root, 'store'), ignore: ['tmp/'], skipped })
    files = found.map(({ uri }) => uri)
  } catch (error) {
    const { code, found = '' } = error as PipelineError
    if (broken.length > 0) {
      if (code !== 'E_INPUT_UNREADABLE') throw error
      for (const { path } of broken)
        if (!found.includes(path)) throw new Error(`${path} is not named: ${found}`)
      return
    }
    if (wanted.has('read') || !/^E_INPUT_(EMPTY|MISSING)$/.test(code)) throw error
    return
  }
  if (broken.length > 0) throw new Error(`${broken[0]?.path} cannot be read and was not named`)
  for (const { path } of whole)
    if ((expected(path) === 'read') !== files.includes(join(root, path)))
      throw new Error(`${path}: ${expected(path)}, found ${files.join(' ')}`)
  for (const { reason, files: count } of skipped.list())
    if (wanted.get(reason) !== count) throw new Error(`${count} ${reason}, not ${wanted.get(reason) ?? 0}`)
  const counted = skipped.list().reduce((sum, { files: count }) => sum + count, 0)
  if (counted + files.length !== whole.length)
    throw new Error(`${files.length} read and ${counted} counted of ${whole.length}`)
}
