import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import anyTest, { type TestFn } from 'ava'
import { smallQuickstart, type SmallQuickstart } from './small-quickstart.js'

const test = anyTest as TestFn<{ small: SmallQuickstart; manifest: string }>

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

function coterie(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { maxBuffer: 1 << 26 }, (error, out) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out }),
    )
  })
}

const manifestText = `name: edits
pipeline: shards
input: { uri: [../crawl/*.parquet, ../crawl/*.tar] }
holdout: { share: 0.2, seed: 5, group_by: twins }
store: store
stages:
  cluster: { fine: 12, experts: 2, seed: 17 }
  write: { shard_megabytes: 1 }
`

test.before(async (t) => {
  const small = await smallQuickstart(80)
  const manifest = await small.manifest('edits')
  await writeFile(manifest, manifestText)
  t.context = { small, manifest }
})

test.after.always(async (t) => {
  await t.context.small?.remove()
})

/** Values of options, many of which leave some or all results as they are. */
const values: { readonly [option: string]: readonly (string | number)[] } = {
  'ingest.seed': [0, 1, 2],
  'ingest.caption': ['first', 'longest', 'seeded', 'each'],
  'ingest.min_characters': [1, 2, 12],
  'ingest.max_characters': [20_000, 19_999, 40],
  'embed.output': ['float32', 'float16'],
  'cluster.seed': [17, 18],
  'cluster.steps': ['two', 'one'],
  'cluster.fine': [12, 13],
  'assign.search': ['auto', 'exact', 'int8', 'cells'],
  'assign.min_recall': [0.999, 0.9],
  'assign.by': ['nearest', 'random'],
  'assign.seed': [17, 18],
  'write.seed': [0, 1],
  'write.order': ['shuffled', 'stratified', 'batched'],
  'write.batch_rows': [8, 16],
  'write.workers': [4, 8],
  'write.gpus': [1, 2],
}

const edit = fc
  .constantFrom(...Object.keys(values))
  .chain((option) =>
    fc.constantFrom(...(values[option] ?? [])).map((value) => [option, String(value)] as const),
  )

const sequences = process.env.COTERIE_LONG ? 25 : 1

/**
 * One store sees all edits, so that it adopts whatever it can; a fresh one computes everything. A lock pins
 * the digests of all files.
 */
test(`${sequences} sequences of random edits: what is adopted is what a fresh store computes`, async (t) => {
  const { manifest, small } = t.context
  let adopted = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { minLength: 3, maxLength: process.env.COTERIE_LONG ? 8 : 3 }),
      async (edits) => {
        const now = new Map<string, string>()
        for (const [option, value] of edits) {
          now.set(option, value)
          const set = [...now].flatMap(([name, is]) => ['--set', `${name}=${is}`])
          const locks = ['old', 'fresh'].map((name) => join(small.folder, `${name}.lock.json`))
          const fresh = join(small.folder, 'fresh')
          const [old, computed] = await Promise.all([
            coterie('run', manifest, ...set, '--lock', locks[0] ?? '', '--json'),
            coterie('run', manifest, ...set, '--lock', locks[1] ?? '', '--store', fresh),
          ])
          await rm(fresh, { recursive: true, force: true })
          if (old.code !== computed.code) throw new Error(`${old.out} but ${computed.out}`)
          if (old.code !== 0) continue
          const { stages } = JSON.parse(old.out) as { stages: { adopted: number }[] }
          for (const stage of stages) adopted += stage.adopted
          const [a, b] = await Promise.all(locks.map((lock) => readFile(lock, 'utf8')))
          if (a !== b) throw new Error(`the locks differ after ${set.join(' ')}`)
          const verified = await coterie('verify', manifest, ...set, '--lock', locks[0] ?? '')
          if (verified.code !== 0) throw new Error(verified.out)
        }
      },
    ),
    {
      numRuns: sequences,
      ...(process.env.COTERIE_LONG ? {} : { seed: 7 }),
      endOnFailure: true,
      includeErrorInReport: true,
    },
  )
  await rm(join(dirname(manifest), 'store'), { recursive: true, force: true })
  t.true(adopted > 0)
})
