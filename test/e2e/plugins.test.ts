import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { root } from '../source-tree.js'
import { smallQuickstart } from './small-quickstart.js'

/** The examples, through the built command line, on a slice of the quickstart's crawl. */

const cli = join(root, 'dist/cli/main.js')

test.before(async (t) => {
  const small = await smallQuickstart(600)
  t.context = small
})

async function example(t: { readonly context: unknown }, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-example-'))
  await cp(join(root, 'examples', name), folder, { recursive: true })
  await cp((t.context as { readonly crawl: string }).crawl, join(folder, 'crawl'), { recursive: true })
  return folder
}

async function coterie(folder: string, ...args: readonly string[]) {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [cli, ...args], { cwd: folder })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

interface Status {
  readonly complete: boolean
}

test.serial("a plugin's stage: refused without trust, run with it, told of without loading it", async (t) => {
  const folder = await example(t, 'min-words')
  const refused = await coterie(folder, 'run', 'manifest.yaml')
  t.is(refused.code, 2)
  t.regex(refused.stderr, /pipeline\.yaml:\d+:\d+ +E_PLUGIN_NOT_TRUSTED/)

  const first = await coterie(folder, 'run', 'manifest.yaml', '--trust', '--json')
  t.is(first.code, 0, first.stderr)
  const { stages } = JSON.parse(first.stdout) as {
    stages: { stage: string; dropped: { [reason: string]: number } }[]
  }
  t.true((stages.find(({ stage }) => stage === 'write')?.dropped.too_few_words ?? 0) > 0)

  // Whoever looks at the run from now on must not run the plugin: it would leave a file behind.
  const plugin = join(folder, 'plugin.js')
  const source = await readFile(plugin, 'utf8')
  const trap = join(folder, 'loaded')
  const leave = `writeFileSync(${JSON.stringify(trap)}, '')`
  const trapped = `import { writeFileSync } from 'node:fs'\n${leave}\n${source}`
  await writeFile(plugin, trapped)
  for (const command of [['status'], ['verify'], ['gc']]) {
    const told = await coterie(folder, ...command, 'manifest.yaml')
    t.is(told.code, 0, `${command.join(' ')}: ${told.stderr}`)
  }
  const status = JSON.parse((await coterie(folder, 'status', 'manifest.yaml', '--json')).stdout) as Status
  t.true(status.complete)
  await t.throwsAsync(readFile(trap), { code: 'ENOENT' })

  // Other bytes of the plugin are another result of its stage, and of no stage before it.
  const planned = await coterie(folder, 'plan', 'manifest.yaml', '--trust', '--json')
  const rerun = (JSON.parse(planned.stdout) as { stages: { stage: string; to_run: number }[] }).stages
  t.deepEqual(
    rerun.filter(({ to_run }) => to_run > 0).map(({ stage }) => stage),
    ['filter', 'write'],
  )
  await writeFile(plugin, source)
  const again = await coterie(folder, 'run', 'manifest.yaml', '--trust', '--json')
  t.true(
    (JSON.parse(again.stdout) as { stages: { executed: number }[] }).stages.every(
      ({ executed }) => executed === 0,
    ),
  )
  const rebuilt = await coterie(
    folder,
    'verify',
    'manifest.yaml',
    '--trust',
    '--rebuild',
    join(folder, 'again'),
  )
  t.is(rebuilt.code, 0, rebuilt.stderr)
})

test.serial('workers take a plugin from the store, checked, not from where it was', async (t) => {
  const folder = await example(t, 'min-words')
  await coterie(folder, 'run', 'manifest.yaml', '--trust', '--until', 'assign')
  const [digest] = await storedPlugins(folder)
  t.truthy(digest)
  const stored = join(folder, 'store/_plugins', digest as string, 'files/plugin.js')
  await writeFile(stored, `${await readFile(stored, 'utf8')}\n// changed`)
  const run = await coterie(folder, 'run', 'manifest.yaml', '--trust')
  t.not(run.code, 0)
  t.regex(run.stderr, /E_PLUGIN_BYTES/)
})

async function storedPlugins(folder: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises')
  return readdir(join(folder, 'store/_plugins'))
}

test.serial("a plugin's encoder embeds the captions", async (t) => {
  const folder = await example(t, 'word-hash')
  const run = await coterie(folder, 'run', 'manifest.yaml', '--trust', '--until', 'assign')
  t.is(run.code, 0, run.stderr)
})

test.serial("a plugin's routing rule is scored beside the others, and routes by name", async (t) => {
  const folder = await example(t, 'nearest-only')
  const run = await coterie(folder, 'run', 'manifest.yaml', '--trust')
  t.is(run.code, 0, run.stderr)
  await writeFile(join(folder, 'classes.txt'), 'flag of France\nred apple\n')
  const ask = ['route', 'manifest.yaml', '--trust', '--classes', 'classes.txt', '--json']
  const routed = JSON.parse((await coterie(folder, ...ask, '--rule', 'vote:majority')).stdout) as {
    weights: number[]
  }
  t.deepEqual(routed.weights.toSorted(), [0, 1])
  t.is((await coterie(folder, ...ask, '--rule', 'vote:other')).code, 2)
  const page = await coterie(folder, 'report', 'manifest.yaml', '--json')
  t.regex(page.stdout, /vote:majority/)
})

test.serial("a plugin's scheduler takes the arrays of a run that its profile allows", async (t) => {
  const folder = await example(t, 'background-jobs')
  await mkdir(join(folder, 'jobs'))
  const followed = await coterie(folder, 'run', 'manifest.yaml', '--profile', 'profile.yaml')
  t.is(followed.code, 0, followed.stderr)
  const status = JSON.parse((await coterie(folder, 'status', 'manifest.yaml', '--json')).stdout) as Status
  t.true(status.complete)
})
