import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { readFragments } from '../../../scripts/release/changelog.js'
import { temporaryFolder } from '../../fakes/folder.js'
import { root } from '../../source-tree.js'

const script = fileURLToPath(new URL('../../../scripts/release.ts', import.meta.url))
const published = { repository: 'r', homepage: 'h', bugs: 'b' }

/** A small repository with a workspace, a lock file and two fragments, all committed. */
async function repository(t: ExecutionContext, fields: object = {}): Promise<string> {
  const folder = await temporaryFolder(t)
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
  const files = {
    'package.json': json({ name: 'a', version: '0.1.0', peerDependencies: { 'a-b': '0.1.0' }, ...fields }),
    'packages/b/package.json': json({ name: 'a-b', version: '0.1.0', ...fields }),
    'package-lock.json': json({
      name: 'a',
      version: '0.1.0',
      packages: {
        '': { version: '0.1.0', peerDependencies: { 'a-b': '0.1.0' } },
        'packages/b': { version: '0.1.0' },
        'node_modules/c': { version: '0.1.0' },
      },
    }),
    'changes/README.md': 'How to write one.\n',
    'changes/100-later.md': 'The later one.\n',
    'changes/20-earlier.md': 'The earlier one,\nin two lines.\n',
    'CHANGELOG.md': '# Changelog\n\n## 0.0.9\n\n- Before.\n',
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const git = (...words: string[]) => execFileSync('git', words, { cwd: folder, stdio: 'ignore' })
  git('init')
  git('add', '--all')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.invalid', 'commit', '--message', 'all')
  return folder
}

function release(folder: string, ...words: string[]) {
  return spawnSync(process.execPath, ['--import=tsx', script, ...words], {
    cwd: root,
    env: { ...process.env, COTERIE_RELEASE_ROOT: folder },
    encoding: 'utf8',
  })
}

const read = (folder: string, path: string) => readFile(join(folder, path), 'utf8')

test('a release sets all versions and gathers the fragments in the order of their numbers', async (t) => {
  const folder = await repository(t)
  const { status, stdout } = release(folder, '0.2.0')
  t.is(status, 0)
  t.is(
    await read(folder, 'CHANGELOG.md'),
    '# Changelog\n\n## 0.2.0\n\n- The earlier one,\n  in two lines.\n- The later one.\n\n## 0.0.9\n\n' +
      '- Before.\n',
  )
  t.deepEqual(await readdir(join(folder, 'changes')), ['README.md'])
  const main = JSON.parse(await read(folder, 'package.json'))
  t.deepEqual([main.version, main.peerDependencies['a-b']], ['0.2.0', '0.2.0'])
  t.is(JSON.parse(await read(folder, 'packages/b/package.json')).version, '0.2.0')
  const { packages } = JSON.parse(await read(folder, 'package-lock.json'))
  t.deepEqual(packages[''], { version: '0.2.0', peerDependencies: { 'a-b': '0.2.0' } })
  t.is(packages['packages/b'].version, '0.2.0')
  t.is(packages['node_modules/c'].version, '0.1.0', 'other packages keep theirs')
  t.regex(stdout, /npm publish --workspaces --include-workspace-root/)
  t.regex(stdout, /packages\/b\/package\.json: homepage/, 'what publishing still needs is named')
})

test('a dry run changes nothing', async (t) => {
  const folder = await repository(t)
  const { status, stdout } = release(folder, '0.2.0', '--dry-run')
  t.is(status, 0)
  t.regex(stdout, /would gather 2 fragments/)
  t.is(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' }), '')
})

test('publishing is refused while package fields are missing, before anything is written', async (t) => {
  const folder = await repository(t, { ...published, bugs: undefined })
  const { status, stderr } = release(folder, '0.2.0', '--publish')
  t.is(status, 1)
  t.regex(stderr, /package\.json: bugs/)
  t.is(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' }), '')
})

test('with all package fields publishing is not refused', async (t) => {
  const { status, stdout } = release(await repository(t, published), '0.2.0', '--dry-run', '--publish')
  t.is(status, 0)
  t.notRegex(stdout, /not published/)
})

test('a dirty tree, a lower version and a malformed version are refused', async (t) => {
  const folder = await repository(t)
  t.regex(release(folder, '0.0.8').stderr, /lower than 0\.1\.0/)
  t.regex(release(folder, '1.0').stderr, /not a version/)
  await writeFile(join(folder, 'new'), '')
  t.regex(release(folder, '0.2.0').stderr, /not clean/)
})

test("the repository's own fragments can be gathered", async (t) => {
  const fragments = await readFragments(root)
  t.true(fragments.every(({ text }) => text !== ''))
})
