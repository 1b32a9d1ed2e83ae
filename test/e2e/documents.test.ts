import { execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import { documentFolder, documentSchemas } from '../../scripts/document-schemas.js'
import { smallQuickstart, type SmallQuickstart } from './small-quickstart.js'

const test = anyTest as TestFn<{ small: SmallQuickstart; manifest: string }>
const root = fileURLToPath(new URL('../..', import.meta.url))

test.before(async (t) => {
  t.timeout(300_000)
  const small = await smallQuickstart(120)
  t.context = { small, manifest: await small.manifest('documents') }
})

test.after.always((t) => t.context.small?.remove())

async function coterie(...words: readonly string[]): Promise<unknown> {
  const main = join(root, 'src/cli/main.ts')
  const run = promisify(execFile)(process.execPath, ['--import=tsx', main, ...words, '--json'], {
    maxBuffer: 64e6,
    cwd: root,
  })
  // A check that says no ends with its own exit code, and still prints its document.
  const { stdout } = await run.catch((failed: { stdout: string }) => failed)
  return JSON.parse(stdout)
}

async function conforms(t: ExecutionContext, command: string, ...words: readonly string[]): Promise<void> {
  const schema = JSON.parse(readFileSync(join(root, documentFolder, `${command}.schema.json`), 'utf8'))
  const ajv = new Ajv({ allErrors: true, strict: false })
  t.true(ajv.validate(schema, await coterie(command, ...words)), `${command}: ${ajv.errorsText()}`)
}

test.serial('what each command prints with --json is as its schema says', async (t) => {
  t.timeout(300_000)
  const { small, manifest } = t.context
  const folder = dirname(manifest)
  const classes = join(folder, 'classes.txt')
  await writeFile(classes, 'cat\ndog\nflag\n')
  await conforms(t, 'init', join(folder, 'started'))
  await conforms(t, 'validate', manifest)
  await conforms(t, 'validate', manifest, '--set', 'cluster.fine=none')
  await conforms(t, 'plan', manifest, '--tasks')
  await conforms(t, 'status', manifest)
  await conforms(t, 'run', manifest, '--workers', '2')
  await conforms(t, 'status', manifest)
  await conforms(t, 'explain', manifest, 'cluster', '--set', 'cluster.experts=3')
  await conforms(t, 'verify', manifest)
  await conforms(t, 'report', manifest)
  await conforms(t, 'compare', manifest, manifest)
  await conforms(t, 'gc', manifest)
  await conforms(t, 'route', manifest, '--classes', classes)
  await conforms(t, 'inspect', join(small.crawl, 'flat-00000.parquet'))
  await conforms(t, 'inspect', folder)
  await conforms(t, 'doctor', 'store', join(folder, 'store'))
  await conforms(t, 'export', manifest, join(folder, 'models'))
})

/** Runs a command whose reader closes standard output before anything is written, as `| head` may. */
async function withClosedOutput(...words: readonly string[]): Promise<{ status: unknown; errors: string }> {
  const main = join(root, 'src/cli/main.ts')
  const child = spawn(process.execPath, ['--import=tsx', main, ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [status] = (await once(child, 'close')) as [unknown]
  return { status, errors }
}

test('a failed command prints its error as the one document', async (t) => {
  const { manifest } = t.context
  const schema = JSON.parse(readFileSync(join(root, documentFolder, 'error.schema.json'), 'utf8'))
  const ajv = new Ajv({ strict: false })
  for (const words of [
    ['plan', join(dirname(manifest), 'none.yaml')],
    ['plan'],
    ['plan', manifest, '--no-such-flag'],
    ['run', manifest, '--set', 'cluster.expert=3'],
    ['gc', join(dirname(manifest), 'no-store')],
  ])
    t.true(ajv.validate(schema, await coterie(...words)), `${words.join(' ')}: ${ajv.errorsText()}`)
})

test.serial('a command whose standard output is closed early ends quietly', async (t) => {
  t.timeout(300_000)
  const { small, manifest } = t.context
  const folder = dirname(manifest)
  for (const words of [
    ['--help'],
    ['schema'],
    ['validate', manifest],
    ['plan', manifest, '--tasks'],
    ['status', manifest, '--json'],
    ['explain', manifest, 'cluster'],
    ['run', manifest],
    ['verify', manifest],
    ['report', manifest, '--json'],
    ['gc', manifest],
    ['inspect', join(small.crawl, 'flat-00000.parquet')],
    ['doctor', 'store', join(folder, 'store')],
  ]) {
    const { status, errors } = await withClosedOutput(...words)
    t.is(status, 0, `${words.join(' ')}: ${errors}`)
    t.notRegex(errors, /EPIPE|\n {4}at /, words.join(' '))
  }
})

test('the schemas are those of the documents as declared', (t) => {
  t.timeout(300_000)
  const made = documentSchemas(root)
  t.deepEqual(
    readdirSync(join(root, documentFolder)).sort(),
    [...made.keys()].map((name) => name.slice(documentFolder.length + 1)).sort(),
  )
  for (const [name, text] of made)
    t.true(text === readFileSync(join(root, name), 'utf8'), `${name} is out of date: npm run gen:documents`)
})
