import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import {
  digestOfPackage,
  findPackage,
  importPackage,
  ownPackage,
  requirePackage,
} from '../../../src/core/optional-package.js'
import { PipelineError } from '../../../src/core/error.js'

const before = process.cwd()

test.afterEach.always(() => process.chdir(before))

/**
 * An application whose folder is the working directory; it has its own copy of `yaml` and a package `words`.
 */
async function application(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-app-'))
  for (const name of ['yaml', 'words']) {
    const own = join(folder, 'node_modules', name)
    await mkdir(join(own, 'dist'), { recursive: true })
    await writeFile(
      join(own, 'package.json'),
      JSON.stringify({ name, version: '9.9.9', type: 'module', exports: { '.': './dist/index.js' } }),
    )
    await writeFile(join(own, 'dist/index.js'), `export const from = 'the application'`)
  }
  return folder
}

test.serial("the application's package comes before the one beside Coterie", async (t) => {
  const folder = await application()
  t.not(findPackage('yaml')?.version, '9.9.9')
  process.chdir(folder)
  const found = findPackage('yaml')
  t.is(found?.version, '9.9.9')
  t.is((await importPackage<{ from: string }>(found!)).from, 'the application')
  t.not(ownPackage('yaml')?.version, '9.9.9')
  t.truthy(findPackage('commander'), 'found beside Coterie')
  await rm(folder, { recursive: true })
})

test.serial('a missing package is a usage error that names the command', (t) => {
  t.is(findPackage('no-such-package-here'), undefined)
  const error = t.throws(
    () => requirePackage('no-such-package-here', { purpose: '`coterie quickstart`', with: ['another'] }),
    { instanceOf: PipelineError },
  )
  t.is(error?.code, 'E_PACKAGE_MISSING')
  t.is(error?.exitCode, 2)
  t.is(error?.hint, 'run `npm install no-such-package-here another`')
})

test.serial('the digest covers every file of the package, and not its dependencies', async (t) => {
  const folder = await application()
  process.chdir(folder)
  const found = findPackage('words')!
  const first = digestOfPackage(found)
  await mkdir(join(found.folder, 'node_modules/other'), { recursive: true })
  await writeFile(join(found.folder, 'node_modules/other/index.js'), '')
  t.is(digestOfPackage(found), first)
  await writeFile(join(found.folder, 'dist/more.js'), '')
  t.not(digestOfPackage(found), first)
  await rm(folder, { recursive: true })
})
