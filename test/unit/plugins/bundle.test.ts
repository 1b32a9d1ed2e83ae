import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import { bundleOf, readPlugin } from '../../../src/plugins/bundle.js'
import { loadPlugin } from '../../../src/plugins/load.js'
import { putPlugin, readStoredPlugin } from '../../../src/plugins/stored.js'

async function folderOf(files: { readonly [name: string]: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-test-plugin-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const minimal = `export default { name: 'tiny' }\n`

test('a single module is one file and the marker that makes it an ES module', async (t) => {
  const folder = await folderOf({ 'tiny.js': `import { join } from 'node:path'\nvoid join\n${minimal}` })
  const bundle = await readPlugin(join(folder, 'tiny.js'))
  t.deepEqual(
    bundle.files.map(({ name }) => name),
    ['package.json', 'tiny.js'],
  )
  t.is((await loadPlugin(bundle, folder)).name, 'tiny')
})

test('the digest covers every file that loading reaches, and no other', async (t) => {
  const files = {
    'package.json': '{"type":"module","exports":"./src/main.js"}',
    'src/main.js': `import './inner/a.js'\n${minimal}`,
    'src/inner/a.js': `export * from '../b.js'\n`,
    'src/b.js': `import data from './data.json' with { type: 'json' }\nexport const b = data\n`,
    'src/data.json': '1',
    'README.md': 'not code',
  }
  const before = await readPlugin(await folderOf(files))
  t.deepEqual(
    before.files.map(({ name }) => name),
    ['package.json', 'src/b.js', 'src/data.json', 'src/inner/a.js', 'src/main.js'],
  )
  t.is((await readPlugin(await folderOf(files))).digest, before.digest)
  for (const name of [
    'package.json',
    'src/main.js',
    'src/inner/a.js',
    'src/b.js',
    'src/data.json',
  ] as const) {
    const changed = await readPlugin(await folderOf({ ...files, [name]: `${files[name]}\n` }))
    t.not(changed.digest, before.digest, name)
  }
  t.is((await readPlugin(await folderOf({ ...files, 'README.md': 'else' }))).digest, before.digest)
})

const refusals: { readonly [what: string]: { files: { [name: string]: string }; found: RegExp } } = {
  'a dynamic import': { files: { 'p.js': `await import('node:fs')\n` }, found: /import\(\)/ },
  'a dynamic import of a computed name': {
    files: { 'p.js': `const n = 'x'; import(n)` },
    found: /import\(\)/,
  },
  require: { files: { 'p.js': `const fs = require('fs')\n${minimal}` }, found: /require/ },
  'a way around it': { files: { 'p.js': `import { createRequire } from 'node:module'` }, found: /digest/ },
  'a package': { files: { 'p.js': `import x from 'lodash'` }, found: /lodash/ },
  'a module beside a single module': { files: { 'p.js': `import './q.js'`, 'q.js': '' }, found: /q\.js/ },
  'a module that is not JavaScript': { files: { 'p.js': `export default {{` }, found: /parsed/ },
}
for (const [what, { files, found }] of Object.entries(refusals)) {
  test(`${what} is refused with its place`, async (t) => {
    const folder = await folderOf(files)
    const error = await t.throwsAsync(readPlugin(join(folder, 'p.js')), { instanceOf: PipelineError })
    t.is((error as PipelineError).code, 'E_PLUGIN')
    t.regex(error.message, found)
    t.regex((error as PipelineError).place ?? '', /p\.js:1/)
  })
}

test('a folder cannot reach out of itself, by name or by link', async (t) => {
  const packageFile = '{"type":"module","main":"index.js"}'
  const outside = await folderOf({ 'other.js': '' })
  const named = await folderOf({ 'package.json': packageFile, 'index.js': `import '../other.js'` })
  await t.throwsAsync(readPlugin(named), { message: /leaves the plugin/ })
  const linked = await folderOf({ 'package.json': packageFile, 'index.js': `import './other.js'` })
  await symlink(join(outside, 'other.js'), join(linked, 'other.js'))
  await t.throwsAsync(readPlugin(linked), { message: /link/ })
})

test('more than 20 MB are refused', async (t) => {
  const folder = await folderOf({ 'p.js': `/*${'x'.repeat(21 << 20)}*/ ${minimal}` })
  await t.throwsAsync(readPlugin(join(folder, 'p.js')), { message: /too large/ })
})

test('a store returns the plugin that was put there; changed bytes are refused', async (t) => {
  const folder = await folderOf({ 'tiny.js': minimal })
  const bundle = await readPlugin(join(folder, 'tiny.js'))
  const store = memoryStore()
  await putPlugin(store, bundle)
  await putPlugin(store, bundle)
  t.deepEqual(await readStoredPlugin(store, bundle.digest), bundle)
  await t.throwsAsync(readStoredPlugin(store, 'f'.repeat(64)), { code: 'E_PLUGIN_BYTES' })

  const forged = memoryStore()
  const other = bundleOf(bundle.entry, [
    { name: 'package.json', bytes: new TextEncoder().encode('{"type":"module"}\n') },
    { name: 'tiny.js', bytes: new TextEncoder().encode(`export default { name: 'evil' }\n`) },
  ])
  for (const file of other.files)
    await forged.create(`_plugins/${bundle.digest}/files/${file.name}`, file.bytes)
  const list = JSON.stringify({
    entry: other.entry,
    files: other.files.map(({ name, sha256 }) => ({ name, sha256 })),
  })
  await forged.create(`_plugins/${bundle.digest}/plugin.json`, new TextEncoder().encode(list))
  await t.throwsAsync(readStoredPlugin(forged, bundle.digest), { code: 'E_PLUGIN_BYTES' })
})

test('a module that exports something else is not a plugin', async (t) => {
  const folder = await folderOf({
    'p.js': 'export default { nothing: 1 }\n',
    'q.js': 'throw new Error("no")\n',
  })
  const at = (name: string) => readPlugin(join(folder, name)).then((bundle) => loadPlugin(bundle, name))
  await t.throwsAsync(at('p.js'), { message: /does not export a plugin/ })
  await t.throwsAsync(at('q.js'), { message: /cannot be loaded/ })
})
