import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import test from 'ava'
import { parse } from 'yaml'
import { root } from '../../source-tree.js'

async function coterie(
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import=tsx', 'src/cli/main.ts', ...args],
      { cwd: root },
    )
    return { code: 0, stdout, stderr }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

test('validate: exit 0 for the shipped manifest, exit 3 with every mistake for a wrong one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-validate-'))
  try {
    const good = await coterie('validate', 'manifests/quickstart.yaml')
    t.is(good.code, 0, good.stderr)
    t.regex(good.stdout, /is valid: pipeline mode, ingest → embed/)

    const path = join(folder, 'bad.yaml')
    await writeFile(
      path,
      'name: x\ninput: { uri: crawl, fromat: auto }\nstore: store\nstages: { cluster: { fine: x, ' +
        'fnie: 3 } }\n',
    )
    const bad = await coterie('validate', path, '--set', 'write.ooc_ratio=2', '--profile', 'locla')
    t.is(bad.code, 3)
    for (const part of [
      ':2:22 E_UNKNOWN_OPTION',
      ':4:28 E_TYPE',
      ':4:31 E_UNKNOWN_OPTION',
      '--set write.ooc_ratio=2 E_RANGE',
      'did you mean `local`?',
      '5 mistakes in',
    ]) {
      t.true(bad.stdout.includes(part), `${part} in\n${bad.stdout}`)
    }
    t.notRegex(bad.stdout + bad.stderr, /\n\s+at .*:\d+:\d+\)?\n/)

    const json = await coterie('validate', path, '--json')
    t.is(json.code, 3)
    const { ok, mistakes } = JSON.parse(json.stdout) as {
      ok: boolean
      mistakes: { code: string; line: number; column: number; hint?: string }[]
    }
    t.false(ok)
    t.deepEqual(
      mistakes.map(({ code, line, column }) => [code, line, column]),
      [
        ['E_UNKNOWN_OPTION', 2, 22],
        ['E_TYPE', 4, 28],
        ['E_UNKNOWN_OPTION', 4, 31],
      ],
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('schema: a validator that uses it agrees with validate; an unknown stage is refused', async (t) => {
  const [whole, stage, unknown] = await Promise.all([
    coterie('schema'),
    coterie('schema', 'cluster'),
    coterie('schema', 'clutser'),
  ])
  const validate = new Ajv({ strict: false }).compile(JSON.parse(whole.stdout) as object)

  const manifest = parse(await readFile(join(root, 'manifests/quickstart.yaml'), 'utf8')) as {
    stages: { cluster: object }
  }
  t.true(validate(manifest), JSON.stringify(validate.errors))
  t.false(validate({ ...manifest, stages: { cluster: { fnie: 3 } } }))
  const cluster = new Ajv({ strict: false }).compile(JSON.parse(stage.stdout) as object)
  t.true(cluster(manifest.stages.cluster))
  t.false(cluster({ fine: 1.5 }))
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /did you mean `cluster`\?/)
})
