import { readFile } from 'node:fs/promises'
import { PipelineError } from '../core/error.js'
import { openEncoderFolder, type Remote } from '../io/encoder-files.js'
import { loadEncoder } from '../math/encoder/load.js'
import { normaliseRows } from '../math/ridge/whiten.js'
import type { Artefact } from '../stages/define.js'
import type { EncoderFact } from '../stages/facts.js'
import { readCentres } from '../stages/evaluate/centres.js'
import { land, routeTogether, type Rule } from '../stages/evaluate/route.js'
import type { RoutedClass, RoutedTask } from '../stages/evaluate/scores-format.js'

/** What `coterie route --json` prints. */
export interface RoutedNames {
  readonly rule: Rule
  /** One per expert. */
  readonly weights: readonly number[]
  /** 0: one expert, 1: uniform. */
  readonly entropy: number
  readonly mean_affinity: number
  readonly classes: readonly RoutedClass[]
  readonly warnings: RoutedTask['warnings']
}

export interface RouteRequest {
  readonly rule: Rule
  readonly templates: readonly string[]
  readonly centres: Artefact
  /** As `embed` told it: the model and its options. */
  readonly encoder: EncoderFact
  /** For an encoder that does not lie on this machine. */
  readonly remote: Remote
  readonly lambda: number
  readonly temperature: number
}

const neutralTemplate = 'a photo of a {}.'

/** Routes class names with the run's own encoder and centres, all experts present. */
export async function routeNames(
  names: readonly string[],
  { rule, templates, centres: artefact, encoder: given, remote, lambda, temperature }: RouteRequest,
): Promise<RoutedNames> {
  const centres = await readCentres(artefact)
  const { model, ...options } = given
  const encoder = await loadEncoder(openEncoderFolder(model, remote), { ...options, threads: 2 })
  const embed = async (phrases: readonly string[]) => {
    const data = new Float32Array(names.length * encoder.width)
    for (const phrase of phrases) {
      const { vectors } = await encoder.embed(names.map((name) => phrase.replaceAll('{}', name)))
      for (let i = 0; i < data.length; i++) data[i]! += vectors[i]!
    }
    return { rows: names.length, width: encoder.width, data: normaliseRows(data, encoder.width) }
  }
  const landed = land(
    names,
    await embed(templates.length > 0 ? templates : ['{}']),
    await embed([neutralTemplate]),
    centres,
  )
  await encoder.close()
  const present = Array.from({ length: centres.experts }, (_, expert) => expert)
  const { described } = routeTogether('', 'classes', landed, centres.experts, {
    rules: [rule],
    lambda,
    temperature,
    present,
    most_classes: names.length,
  })
  const [routed] = described.rules
  return { ...routed!, classes: described.classes ?? [], warnings: described.warnings }
}

/** Class names from a file: one a line, or a JSON list of strings. */
export async function readClasses(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  const list = text.trimStart().startsWith('[')
    ? (JSON.parse(text) as unknown[]).map(String)
    : text.split(/\r?\n/)
  const names = list.map((name) => name.trim()).filter((name) => name !== '')
  if (names.length > 0) return names
  throw new PipelineError({
    code: 'E_NO_CLASSES',
    failure: 'usage',
    message: 'the file holds no class name',
    place: path,
    expected: 'one class name a line, or a JSON list',
  })
}
