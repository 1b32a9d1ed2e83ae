import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { renderDiagnostics } from '../../../src/manifest/yaml/diagnose.js'
import { loadManifest } from '../../../src/manifest/load.js'
import { memberOf } from '../../../src/manifest/yaml/located.js'
import { parseYaml } from '../../../src/manifest/yaml/parse.js'
import { readProfile } from '../../../src/manifest/profile.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'
import { root } from '../../source-tree.js'

/** Variables that examples name are taken as set. */
const env = new Proxy<Record<string, string>>(
  {},
  { get: (_, name) => (typeof name === 'string' ? `value-of-${name}` : undefined) },
)

function filesIn(folder: string, ending: string): string[] {
  const names = existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    : []
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name))
}

for (const path of [...filesIn('manifests', '.yaml'), ...filesIn('quickstart', 'manifest.yaml')]) {
  test(`${path} is valid`, async (t) => {
    const { diagnostics } = await loadManifest(join(root, path), { stages: builtinStages.all, env })
    t.is(renderDiagnostics(diagnostics), '')
  })
}

for (const path of filesIn('pipelines', '.yaml')) {
  test(`${path} is valid and has the name of its file`, async (t) => {
    const name = path.slice('pipelines/'.length, -'.yaml'.length)
    const { manifest, text } = await loadText(
      `name: any\npipeline: ${name}\ninput: { uri: crawl }\nholdout: { share: 0.1 }\nstore: store\n`,
    )
    t.is(text, '')
    t.is(manifest?.pipeline.name, name)
  })
}

for (const path of filesIn('profiles', '.yaml')) {
  test(`${path} is valid and has the name of its file`, async (t) => {
    const { profile, diagnostics } = await readProfile(join(root, path), env)
    t.is(renderDiagnostics(diagnostics), '')
    t.is(profile?.name, path.slice('profiles/'.length, -'.yaml'.length))
  })
}

for (const path of ['README.md', ...filesIn('docs', '.md')].filter((page) => existsSync(join(root, page)))) {
  const text = readFileSync(join(root, path), 'utf8')
  for (const block of text.matchAll(/^```ya?ml\n([^]*?)^```/gm)) {
    const line = text.slice(0, block.index).split('\n').length
    test(`the example at ${path}:${line} is valid for its kind`, async (t) => {
      const yaml = block[1] as string
      const { root: value, diagnostics } = parseYaml({ name: path, text: yaml, kind: 'file' })
      t.is(renderDiagnostics(diagnostics), '')
      if (memberOf(value, 'name') && memberOf(value, 'input')) t.is((await loadText(yaml)).text, '')
    })
  }
}

async function loadText(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-example-'))
  try {
    await writeFile(join(folder, 'manifest.yaml'), text)
    const { manifest, diagnostics } = await loadManifest(join(folder, 'manifest.yaml'), {
      stages: builtinStages.all,
      env,
    })
    return { manifest, text: renderDiagnostics(diagnostics) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
