import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { renderDiagnostics } from '../../../src/manifest/yaml/diagnose.js'
import { loadManifest } from '../../../src/manifest/load.js'
import { type Case, type Change, cases } from './cases.js'
import { goldenStages } from './stages.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const update = process.env.COTERIE_UPDATE_GOLDEN !== undefined

async function messagesOf(of: Case): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-manifest-'))
  try {
    const manifest =
      of.text ?? changed(await readFile(join(here, 'files/manifest.yaml'), 'utf8'), of.manifest ?? [])
    const pipeline = changed(
      await readFile(join(here, 'files/pipelines/line.yaml'), 'utf8'),
      of.pipeline ?? [],
    )
    await mkdir(join(folder, 'pipelines'))
    await writeFile(join(folder, 'manifest.yaml'), manifest)
    await writeFile(join(folder, 'pipelines/line.yaml'), pipeline)
    const env = { GOLDEN_STORE: 's3://golden/store', ...of.env }
    const { diagnostics, manifest: loaded } = await loadManifest(join(folder, 'manifest.yaml'), {
      stages: goldenStages,
      set: of.set,
      env,
    })
    if (diagnostics.length > 0 && loaded) throw new Error('a manifest with mistakes was handed out')
    // Where no pipeline is named the shipped one is taken, which these stages do not fit.
    const ours = diagnostics.filter(({ file }) => file.startsWith(folder) || file.startsWith('--set'))
    return `${renderDiagnostics(ours)}\n`.replaceAll(`${folder}/`, '')
  } finally {
    await rm(folder, { recursive: true })
  }
}

function changed(text: string, changes: readonly Change[]): string {
  return changes.reduce((before, [find, replace]) => {
    if (before.split(find).length !== 2)
      throw new Error(`${JSON.stringify(find)} must stand once in the file`)
    return before.replace(find, () => replace)
  }, text)
}

for (const of of cases) {
  test(`the mistakes of ${of.name}`, async (t) => {
    const path = join(here, 'expected', `${of.name}.txt`)
    const found = await messagesOf(of)
    if (update) await writeFile(path, found)
    t.is(found, await readFile(path, 'utf8'))
    t.not(found.trim(), '', 'the change leads to a message')
  })
}
