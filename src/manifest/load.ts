import { dirname, resolve } from 'node:path'
import { append } from '../core/extremes.js'
import type { Json } from '../core/json.js'
import { acrossMistakes } from './check/across.js'
import { checkValue } from './check/check.js'
import type { Checking } from './check/checking.js'
import { type Diagnostic, inReadingOrder } from './yaml/diagnose.js'
import type { Environment } from './check/env.js'
import { type Fields, group } from '../core/field.js'
import { loadPipeline } from './load-pipeline.js'
import { type Located, memberOf } from './yaml/located.js'
import type { Manifest } from './manifest.js'
import { holdoutField, manifestFields } from './fields/manifest-fields.js'
import { manifestOwner, manifestLabel } from './check/naming.js'
import type { ReadPipeline } from './pipeline.js'
import { type LoadPlugins, pluginsNamed, refusePlugins } from './plugins-member.js'
import { isShippedName } from './shipped.js'
import { readYamlFile } from './yaml/read-file.js'
import { applyOverrides, overrideNames, parseSet } from './set.js'
import { wholeOf } from './yaml/source.js'
import { holdoutOption, ownOptions, type StageLike } from './stage-like.js'
import { stagesOf } from './stages-member.js'

export type { Manifest } from './manifest.js'

export interface LoadOptions {
  readonly stages: readonly StageLike[]
  /** Values of `--set`: `stage.option=value`. */
  readonly set?: readonly string[] | undefined
  readonly env?: Environment | undefined
  /** Without it, a manifest or pipeline that names plugins throws `E_PLUGIN_NOT_TRUSTED`. */
  readonly plugins?: LoadPlugins | undefined
}

export interface LoadedManifest {
  /** Undefined if there is any mistake. */
  readonly manifest: Manifest | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads a manifest and its pipeline and finds every mistake in both. Does not access the input or the
 * store.
 */
export async function loadManifest(path: string, options: LoadOptions): Promise<LoadedManifest> {
  let { stages } = options
  const folder = dirname(resolve(path))
  const file = await readYamlFile(path, path)
  if (file.root.kind === 'refused') return { manifest: undefined, diagnostics: file.diagnostics }
  const { overrides, diagnostics: ofSet } = parseSet(
    options.set ?? [],
    Object.keys(manifestFields(group({}, { doc: '' }))),
  )
  // A missing member is a mistake of the whole file, not of its first line.
  const written: Located = file.root.kind === 'map' ? { ...file.root, at: wholeOf(file.source) } : file.root
  const root = applyOverrides(written, overrides)
  const named = memberOf(root, 'pipeline')?.value
  const pipelineName = named?.kind === 'scalar' && typeof named.value === 'string' ? named.value : 'mode'
  const { pipeline, diagnostics: ofPipeline } = await loadPipeline(
    pipelineName,
    named?.at ?? root.at,
    folder,
    async (ofPipeline) => {
      const named = [...pluginsNamed(root, folder), ...ofPipeline]
      if (named.length > 0) stages = [...stages, ...(await (options.plugins ?? refusePlugins)(named))]
      return stages
    },
  )

  const diagnostics: Diagnostic[] = []
  const checking: Checking = {
    environment: options.env ?? process.env,
    folder,
    diagnostics,
    owner: manifestOwner(stages, pipeline),
    label: manifestLabel,
  }
  const members = fieldsFor(stages, pipeline)
  const whole = stagesOf(root, pipeline)
  const value = checkValue(
    whole,
    { shape: { kind: 'group', members }, doc: 'The manifest.' },
    [],
    checking,
  ) as Checked | undefined
  if (value && pipeline) append(diagnostics, acrossMistakes(value, whole, pipeline, diagnostics))
  const all = inReadingOrder(
    [...file.diagnostics, ...withoutEchoes(diagnostics, file.diagnostics), ...ofSet, ...ofPipeline],
    [path, ...overrideNames(options.set)],
  )
  if (all.length > 0 || !value || !pipeline) return { manifest: undefined, diagnostics: all }
  return { manifest: assemble(resolve(path), folder, value, pipeline), diagnostics: all }
}

/**
 * After a syntax error, a member that seems missing may be in the part that could not be read, and other
 * mistakes on that line are consequences.
 */
function withoutEchoes(
  diagnostics: readonly Diagnostic[],
  parsing: readonly Diagnostic[],
): readonly Diagnostic[] {
  const lines = new Set(parsing.flatMap(({ code, line }) => (code === 'E_YAML_SYNTAX' ? [line] : [])))
  if (lines.size === 0) return diagnostics
  return diagnostics.filter(({ code, line }) => code !== 'E_REQUIRED' && !lines.has(line))
}

type Checked = Omit<Manifest, 'path' | 'folder' | 'pipeline'>

/** If the pipeline is unknown, options are checked against the stages with their names. */
function fieldsFor(stages: readonly StageLike[], pipeline: ReadPipeline | undefined): Fields {
  const nodes =
    pipeline?.nodes.map(({ name, declaration }) => [name, declaration] as const) ??
    stages.map((stage) => [stage.name, stage] as const)
  const options = nodes.map(([name, stage]) => [name, group(ownOptions(stage), { doc: stage.doc })] as const)
  const ingest = stages.find((stage) => stage.takes_holdout)?.options[holdoutOption]
  const holdout = ingest ? { ...ingest, optional: true } : holdoutField
  return manifestFields(group(Object.fromEntries(options), { doc: 'Options of the stages.' }), holdout)
}

function assemble(path: string, folder: string, value: Checked, pipeline: ReadPipeline): Manifest {
  const nodes = pipeline.nodes.map(({ name, stage, takes }) => ({ name, stage, takes }))
  const stages = pipeline.nodes.map(({ name, declaration }): [string, { [option: string]: Json }] => {
    const takesHoldout = declaration.takes_holdout
    return [
      name,
      {
        ...value.stages[name],
        ...(takesHoldout && value.holdout !== undefined ? { [holdoutOption]: value.holdout } : {}),
      },
    ]
  })
  return {
    path,
    folder,
    name: value.name,
    pipeline: { name: pipeline.name, doc: pipeline.doc, nodes },
    input: value.input,
    holdout: value.holdout,
    evaluation: value.evaluation,
    store: value.store,
    profile:
      value.profile === undefined || isShippedName(value.profile)
        ? value.profile
        : resolve(folder, value.profile),
    stages: Object.fromEntries(stages),
  }
}
