import { isBaseline } from '../core/model-key.js'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PipelineError } from '../core/error.js'
import type { EnsembleDocument } from '../ensemble/folder.js'
import { openEncoderFolder } from '../io/encoder-files.js'
import type { FinishedRun } from '../runner/locate.js'
import type { Artefact } from '../stages/define.js'
import { defaultRule } from '../routing/rules.js'
import { Bundles, Centres } from '../stages/kinds.js'
import { encoderOf, expertsOf, modelsOf } from '../stages/facts.js'
import { routingScale } from './routing-scale.js'

/** `export --json`. */
export interface ExportedEnsemble {
  readonly folder: string
  readonly wanted: readonly string[]
  /** Those that exist. */
  readonly models: readonly string[]
  readonly bytes: number
}

/** Writes the folder that `loadEnsemble` opens; whichever models exist so far are in it. */
export async function exportEnsemble(
  run: FinishedRun,
  folder: string,
  baselines: boolean,
): Promise<ExportedEnsemble> {
  const there = await readdir(folder).catch(() => [])
  if (there.length > 0)
    throw new PipelineError({
      code: 'E_NOT_EMPTY',
      failure: 'usage',
      message: 'the folder to export to is not empty',
      place: folder,
      found: there.slice(0, 5).join(', '),
    })
  const centres = (await run.artefacts(Centres)).at(-1)!
  const facts = run.facts(Bundles)
  const wanted = modelsOf(facts).filter((model) => baselines || !isBaseline(model))
  const bundles = (await run.existing(Bundles)).filter(({ key }) => wanted.includes(key))
  const { model, ...encoder } = encoderOf(facts)
  let bytes = 0
  for (const bundle of bundles) bytes += await copyAll(bundle, join(folder, bundle.key))
  bytes += await copyAll(centres, join(folder, 'centres'), ['fine.npy', 'coarse.npy', 'experts.json'])
  const files = openEncoderFolder(model, run.storage)
  for (const name of await files.list()) {
    const content = await files.read(name)
    await mkdir(dirname(join(folder, 'encoder', name)), { recursive: true })
    await writeFile(join(folder, 'encoder', name), content)
    bytes += content.byteLength
  }
  const document: EnsembleDocument = {
    version: 1,
    experts: expertsOf(facts),
    models: wanted,
    encoder,
    routing: { rule: defaultRule.name, ...routingScale(run.plan) },
  }
  await writeFile(join(folder, 'ensemble.json'), `${JSON.stringify(document, undefined, 2)}\n`)
  return { folder, wanted, models: bundles.map(({ key }) => key), bytes }
}

async function copyAll(artefact: Artefact, folder: string, only?: readonly string[]): Promise<number> {
  let bytes = 0
  for (const { name, size } of artefact.files) {
    if (only && !only.includes(name)) continue
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await pipeline(Readable.from((await artefact.open(name)).stream()), createWriteStream(join(folder, name)))
    bytes += size
  }
  return bytes
}
