import { execFile } from 'node:child_process'
import { chmod, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { sha256 } from '../../src/core/digest.js'
import { Random } from '../../src/core/random.js'
import { smallQuickstart, type SmallQuickstart } from './small-quickstart.js'

const test = anyTest as TestFn<{ small: SmallQuickstart }>

test.before(async (t) => {
  t.context = { small: await smallQuickstart(240) }
})

test.after.always(async (t) => t.context.small?.remove())

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const rounds = process.env.COTERIE_LONG ? 40 : 4

function coterie(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

type Damage = 'removed' | 'cut' | 'flipped' | 'overwritten'
const kinds: readonly Damage[] = ['removed', 'cut', 'flipped', 'overwritten']

async function damage(path: string, kind: Damage, random: Random): Promise<void> {
  const bytes = await readFile(path)
  await chmod(path, 0o644)
  if (kind === 'removed') await rm(path)
  else if (kind === 'cut') await truncate(path, Math.floor(bytes.length / 2))
  else if (kind === 'overwritten') await writeFile(path, 'what does this do here?')
  else {
    const at = random.below(bytes.length)
    bytes[at] = bytes[at]! ^ (1 << random.below(8))
    await writeFile(path, bytes)
  }
}

/** Files of results, and digests of their bytes; of records, only that they are there. */
async function contents(store: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(store, { recursive: true, withFileTypes: true })) {
    const path = relative(store, join(entry.parentPath, entry.name))
    if (!entry.isFile() || path.startsWith('_')) continue
    found.set(path, path.includes('/data/') ? sha256(await readFile(join(store, path))) : 'a record')
  }
  return found
}

test.serial(`whatever is removed, cut or altered is named and repaired (${rounds} rounds)`, async (t) => {
  t.timeout(rounds * 60_000)
  const path = await t.context.small.manifest('repair')
  const store = join(path, '..', 'store')
  t.is((await coterie('run', path)).code, 0)
  const before = await contents(store)
  const names = [...before.keys()].filter((name) => !/\/report\//.test(name)).toSorted()
  for (let round = 0; round < rounds; round++) {
    const random = new Random('damage', round)
    const chosen = new Map<string, Damage>()
    while (chosen.size < 1 + random.below(5)) {
      const name = names[random.below(names.length)]!
      const size = (await readFile(join(store, name))).length
      if (size > 0) chosen.set(name, kinds[random.below(kinds.length)]!)
    }
    const say = JSON.stringify([...chosen])
    for (const [name, kind] of chosen) await damage(join(store, name), kind, random)

    const verified = await coterie('verify', path, '--json')
    t.is(verified.code, 6, say)
    const named = (text: string) =>
      JSON.parse(text) as { mismatches?: { path: string }[]; damaged?: { path: string }[] }
    const all = (named(verified.out).mismatches ?? []).map((one) => relative(store, one.path)).toSorted()
    // A record may be altered where nothing depends on it.
    for (const [name, kind] of chosen)
      if (name.includes('/data/') || kind !== 'flipped') t.true(all.includes(name), `${name} in ${say}`)
    for (const name of all) t.true(chosen.has(name), `${name} not in ${say}`)

    const looked = named((await coterie('status', path, '--files', '--json')).out).damaged ?? []
    const seen = looked.map((one) => relative(store, one.path))
    for (const [name, kind] of chosen)
      if (kind !== 'flipped') t.true(seen.includes(name), `${name} in ${say}`)

    const repaired = await coterie('verify', path, '--repair', '--json')
    t.is(repaired.code, 0, `${say} ${repaired.out}${repaired.err}`)
    t.deepEqual(await contents(store), before, say)
  }
})

test.serial('a result that cannot be made again is left as it is, and named', async (t) => {
  const path = await t.context.small.manifest('lost')
  const store = join(path, '..', 'store')
  t.is((await coterie('run', path, '--until', 'embed')).code, 0)
  const stage = join(store, 'embed/data')
  const [fingerprint] = (await readdir(stage)).toSorted()
  const [file] = (await readdir(join(stage, fingerprint!))).toSorted()
  const damaged = join(stage, fingerprint!, file!)
  await chmod(damaged, 0o644)
  await writeFile(damaged, 'altered')
  await rm(t.context.small.crawl, { recursive: true })
  const { code, out } = await coterie('verify', path, '--repair', '--until', 'embed', '--json')
  t.not(code, 0)
  t.is((JSON.parse(out) as { error: { code: string } }).error.code, 'E_INPUT_MISSING')
  t.is(await readFile(damaged, 'utf8'), 'altered')
})
