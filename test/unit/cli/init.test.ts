import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { writeStarterFolder } from '../../../src/init/folder.js'
import { realFolder } from '../../../src/io/real-folder.js'
import { renderDiagnostics } from '../../../src/manifest/yaml/diagnose.js'
import { loadManifest } from '../../../src/manifest/load.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-init-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('what init writes is valid as it is and finds its crawl beside it', (t) =>
  inFolder(async (folder) => {
    const started = await writeStarterFolder(join(folder, 'my crawl!'), undefined, builtinStages.all)
    t.deepEqual(started.kept, [])
    const { manifest, diagnostics } = await loadManifest(started.manifest, {
      stages: builtinStages.all,
      env: {},
    })
    t.is(renderDiagnostics(diagnostics), '')
    t.is(manifest?.name, 'my-crawl-')
    t.is(manifest?.input.uri, join(folder, 'my crawl!/crawl'))
    t.is(manifest?.store, join(folder, 'my crawl!/store'))
  }))

test('an input path is relative to the working directory and written relative to the manifest', (t) =>
  inFolder(async (folder) => {
    const started = await writeStarterFolder(
      join(folder, 'run'),
      join(folder, 'data/{00..17}.tar'),
      builtinStages.all,
    )
    const { manifest } = await loadManifest(started.manifest, { stages: builtinStages.all, env: {} })
    t.is(manifest?.input.uri, join(folder, 'data/{00..17}.tar'))
    const remote = await writeStarterFolder(join(folder, 'remote'), 's3://crawl/cc12m', builtinStages.all)
    t.is(
      (await loadManifest(remote.manifest, { stages: builtinStages.all, env: {} })).manifest?.input.uri,
      's3://crawl/cc12m',
    )
  }))

test('the store is outside of the crawl, wherever the crawl is', (t) =>
  inFolder(async (folder) => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['data/run', 'data', 'run-store'],
      ['data', 'data', 'data-store'],
      ['data/deep/run2', 'data/**/*.tar', 'run2-store'],
      ['data/run3', 'data/*.tar', 'data/run3/store'],
      ['data/run4', 'data/a.tar', 'data/run4/store'],
      ['run5', 'data', 'run5/store'],
      ['linked/run6', 'data', 'run6-store'],
    ]
    await mkdir(join(folder, 'data'))
    await symlink('data', join(folder, 'linked'))
    for (const [own, input, store] of cases) {
      const started = await writeStarterFolder(join(folder, own), join(folder, input), builtinStages.all)
      const { manifest } = await loadManifest(started.manifest, { stages: builtinStages.all, env: {} })
      t.is(await realFolder(manifest?.store as string), await realFolder(join(folder, store)), own)
      await rm(started.manifest)
    }
  }))

test('init leaves existing files unchanged', (t) =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'manifest.yaml'), 'mine\n')
    const first = await writeStarterFolder(folder, undefined, builtinStages.all)
    t.deepEqual(first.kept, [join(folder, 'manifest.yaml')])
    t.is(await readFile(join(folder, 'manifest.yaml'), 'utf8'), 'mine\n')
    const second = await writeStarterFolder(folder, undefined, builtinStages.all)
    t.deepEqual(second.written, [])
    t.is(second.kept.length, first.written.length + 1)
  }))

test('the schema beside the manifest is the one that its first line names', (t) =>
  inFolder(async (folder) => {
    const { manifest } = await writeStarterFolder(folder, undefined, builtinStages.all)
    const named = /\$schema=(\S+)/.exec((await readFile(manifest, 'utf8')).split('\n')[0] as string)?.[1]
    const schema = JSON.parse(await readFile(join(folder, named ?? ''), 'utf8')) as { title: string }
    t.is(schema.title, 'Coterie manifest')
  }))
