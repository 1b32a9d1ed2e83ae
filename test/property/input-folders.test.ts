import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { PipelineError } from '../../src/core/error.js'
import { listInputs } from '../../src/io/inputs/list.js'
import { Skipped, type SkipReason } from '../../src/io/inputs/skipped.js'

/**
 * Folders as crawls leave them: names, nesting, links, devices, encodings. Every entry is read, named as
 * unreadable, or counted under a reason. The expectation is worked out from the path and the kind alone.
 */
const runs = process.env.COTERIE_LONG ? 10_000 : 300

const folder = fc.constantFrom(
  '',
  '',
  'a/',
  'b c/',
  'c{1,2}*/',
  '_old/',
  '.git/',
  '_lang=de/',
  '.x=y/',
  'lang=en/',
  'k=%7E/',
  '=x/',
  'store/',
  'store2/',
  'tmp/',
  `other/write/data/${'0f'.repeat(32)}/`,
)
const file = fc.constantFrom(
  '0.tar',
  '1.TAR',
  'é.tar',
  'new\nline.tar',
  'sta*r.tar',
  '{0,1}.tar',
  't.parquet',
  'p.pq',
  '_1.tar',
  '.2.tar',
  '_x=1.tar',
  'a.tar.gz',
  'c.tgz',
  'b.tar.zst',
  'd.tar.bz2',
  'e.txz',
  'readme.md',
  'list.csv',
  'skip-me.tar',
  'm.yaml',
  'm.lock.json',
  'm.0123abcd.lock.json',
  'n.lock.json',
  '_SUCCESS',
  'noextension',
)
type Kind = 'file' | 'linked' | 'dangling' | 'loop' | 'device' | 'latin1' | 'into_store'
const kinds = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Kind>('file') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Kind>('linked', 'dangling', 'loop', 'device', 'latin1', 'into_store'),
  },
)
interface Entry {
  readonly path: string
  readonly kind: Kind
}
const entry: fc.Arbitrary<Entry> = fc.record({
  path: fc.tuple(folder, folder, file).map((parts) => parts.join('')),
  kind: kinds,
})

type Fate = 'read' | 'unreadable' | SkipReason | 'not_entered'
const broken: ReadonlySet<Kind> = new Set(['dangling', 'loop', 'device', 'latin1'])

function fateOf({ path, kind }: Entry): Fate {
  const parts = path.split('/')
  const name = parts.at(-1) as string
  if (parts[0] === 'store' || /\/data\/[0-9a-f]{64}\//.test(path)) return 'not_entered'
  if (kind === 'into_store') return 'in_store'
  if (parts.length === 1 && /^m\.(yaml|lock\.json|[0-9a-f]{8}\.lock\.json)$/.test(name) && kind !== 'latin1')
    return 'own'
  if (parts[0] === 'tmp' || (name === 'skip-me.tar' && kind !== 'latin1')) return 'ignored'
  if (parts.some((part) => (part.startsWith('_') || part.startsWith('.')) && part.indexOf('=') < 1))
    return 'hidden'
  if (/\.(txz|tar\.bz2)$/.test(name)) return 'compressed'
  if (!/\.(tar|tar\.gz|tgz|tar\.zst|parquet|pq)$/i.test(name)) return 'other_kind'
  return broken.has(kind) ? 'unreadable' : 'read'
}

/** The path on disk; a name that is not UTF-8 keeps its ending. */
function onDisk(root: string, { path, kind }: Entry): string | Buffer {
  if (kind !== 'latin1') return join(root, path)
  const dot = path.indexOf('.', path.lastIndexOf('/') + 2)
  const at = dot < 0 ? path.length : dot
  const bytes = [Buffer.from(path.slice(0, at)), Buffer.from([0xe9]), Buffer.from(path.slice(at))]
  return Buffer.concat([Buffer.from(`${root}/`), ...bytes])
}

async function build(root: string, entries: readonly Entry[]): Promise<void> {
  await mkdir(join(root, 'store'))
  await writeFile(join(root, 'store', 'kept.tar'), '')
  await mkdir(join(root, '..', 'elsewhere'))
  for (const [i, one] of entries.entries()) {
    const path = onDisk(root, one)
    await mkdir(dirname(join(root, one.path)), { recursive: true })
    const target = join(root, '..', 'elsewhere', String(i))
    if (one.kind === 'linked') await writeFile(target, '')
    if (one.kind === 'file' || one.kind === 'latin1') await writeFile(path, one.path)
    else if (one.kind === 'linked') await symlink(target, path)
    else if (one.kind === 'dangling') await symlink('/nowhere/at-all', path)
    else if (one.kind === 'loop') await symlink(one.path.split('/').at(-1) as string, path)
    else if (one.kind === 'device') await symlink('/dev/null', path)
    else await symlink(join(root, 'store', 'kept.tar'), path)
  }
}

test(`of ${runs} folders, every entry is read or named`, async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(entry, { selector: ({ path }) => path, minLength: 1, maxLength: 25 }),
      async (entries) => {
        const home = await mkdtemp(join(tmpdir(), 'coterie-folders-'))
        try {
          const root = join(home, 'in put')
          await mkdir(root)
          await build(root, entries)
          await check(root, entries)
        } finally {
          await rm(home, { recursive: true, force: true })
        }
      },
    ),
    { numRuns: runs },
  )
  t.pass()
})

async function check(root: string, entries: readonly Entry[]): Promise<void> {
  const skipped = new Skipped()
  const of = (fate: Fate) => entries.filter((one) => fateOf(one) === fate)
  let files: readonly string[] = []
  try {
    const found = await listInputs({
      uri: `${root}/`,
      store: join(root, 'store'),
      manifest: join(root, 'm.yaml'),
      ignore: ['tmp/', '**/skip-me.tar'],
      skipped,
    })
    files = found.map(({ uri }) => uri)
  } catch (error) {
    const { code, found = '' } = error as PipelineError
    if (of('unreadable').length > 0) {
      if (code !== 'E_INPUT_UNREADABLE') throw error
      for (const one of of('unreadable')) {
        const shown = onDisk(root, one).toString().replaceAll('\\n', '\n')
        if (!found.includes(shown)) throw new Error(`${shown} is not named: ${found}`)
      }
      return
    }
    if (of('read').length > 0 || !/^E_INPUT_(EMPTY|MISSING|IN_STORE)$/.test(code)) throw error
    return
  }
  if (of('unreadable').length > 0) throw new Error(`${of('unreadable')[0]?.path} was not named`)
  const wanted = of('read').map(({ path }) => join(root, path))
  if (JSON.stringify([...files].sort()) !== JSON.stringify(wanted.sort()))
    throw new Error(`read ${JSON.stringify(files)}, expected ${JSON.stringify(wanted)}`)
  const counted = new Map(skipped.list().map(({ reason, files: count }) => [reason, count]))
  for (const reason of ['hidden', 'compressed', 'other_kind', 'own', 'ignored'] as const)
    if ((counted.get(reason) ?? 0) !== of(reason).length)
      throw new Error(`${counted.get(reason) ?? 0} ${reason}, expected ${of(reason).length}`)
  // The store itself counts once, and so does each result of another.
  const results = entries.flatMap(
    ({ path }) => /^(?:(?!store\/).)*?\/data\/[0-9a-f]{64}\//.exec(path)?.[0] ?? [],
  )
  const expected = of('in_store').length + 1 + new Set(results).size
  if (counted.get('in_store') !== expected)
    throw new Error(`${counted.get('in_store')} in a store, expected ${expected}`)
}
