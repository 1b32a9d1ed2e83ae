import { join } from 'node:path'
import { commonFolder } from '../core/common-prefix.js'
import { mapConcurrently } from '../core/concurrency.js'
import { digestOfJson } from '../core/digest.js'
import { PipelineError } from '../core/error.js'
import type { Json } from '../core/json.js'
import { openIdentities } from '../io/inputs/identity.js'
import { Skipped, type SkippedFiles } from '../io/inputs/skipped.js'
import { listInputs, type InputFile } from '../io/inputs/list.js'
import type { StoreSettings } from '../io/store/backends.js'
import { firstRepeated, textLines } from '../io/class-list.js'
import { readWhole } from '../io/read-whole.js'
import { openUri } from '../io/store/open.js'
import { runtimeVersion } from '../math/session/version.js'
import { evaluationFiles, evaluationLists } from '../planner/evaluation-entries.js'
import type { PlanNode } from '../planner/plan.js'
import type { Survey } from '../planner/types.js'
import { compressedShards } from './compressed-shards.js'
import { readEarlierRuns } from './earlier.js'
import { cacheFolder } from './memo.js'
import { identicalShards, type ShardsRequest, surveyShards } from './survey-shards.js'

export interface SurveyRequest extends ShardsRequest {
  readonly evaluation: { readonly [name: string]: Json }
  /** Read local files again instead of recalling their digests. */
  readonly rehash?: boolean | undefined
}

/** What people should know about an input. */
export interface InputAccount {
  readonly skipped: readonly SkippedFiles[]
  /** Sentences about shards that cannot be read, have the same bytes, or are compressed. */
  readonly warnings: readonly string[]
}

/**
 * Collects what planning needs to know: input shards, model files, evaluation sets, runtimes. Reads
 * footers, never rows.
 */
export async function takeSurvey(request: SurveyRequest): Promise<Survey & InputAccount> {
  const folder = cacheFolder()
  const identities = await openIdentities(join(folder, 'identities.txt'), { rehash: request.rehash })
  const skipped = new Skipped()
  const warnings: string[] = []
  const shards = await surveyShards(request, identities, skipped, warnings)
  const models = await digestAll(
    'model',
    modelUris(request.nodes),
    (file) => identities.digest(file, () => openUri(file.uri, request.settings)),
    request.settings,
  )
  const evaluation = await digestAll(
    'evaluation set',
    evaluationUris(request.evaluation),
    identities.identify,
    request.settings,
  )
  await identities.save()
  const earlier = await readEarlierRuns(request.nodes, request.store, request.settings)
  return {
    shards,
    skipped: skipped.list(),
    warnings: [...warnings, ...identicalShards(shards), ...compressedShards(shards)],
    runtime: runtimes(request.nodes),
    models,
    evaluation,
    earlier,
  }
}

/** What is digested, by name: an address, and whether a `.txt` there is a list of files. */
interface Digested {
  readonly [name: string]: { readonly uri: string; readonly lists: boolean }
}

function modelUris(nodes: readonly PlanNode[]): Digested {
  const uris = nodes.flatMap((node) => Object.values(node.stage.bind(node.options).models))
  return Object.fromEntries(uris.map((uri) => [uri, { uri, lists: true }]))
}

function evaluationUris(sets: { readonly [name: string]: Json }): Digested {
  return Object.fromEntries(
    Object.entries(sets).flatMap(([name, set]) =>
      evaluationFiles.flatMap((member) => {
        const uri = (set as { readonly [member: string]: Json } | null)?.[member]
        if (typeof uri !== 'string') return []
        return [[`${name}.${member}`, { uri, lists: evaluationLists.has(member) }]]
      }),
    ),
  )
}

/** For each URI, the digest of the names and identities of its files. */
async function digestAll(
  what: string,
  uris: Digested,
  identify: (file: InputFile) => Promise<string>,
  settings: StoreSettings | undefined,
): Promise<{ [name: string]: string }> {
  const digests: { [name: string]: string } = {}
  for (const [name, { uri, lists }] of Object.entries(uris)) {
    const files = await listInputs({ uri, format: 'any', lists }, settings).catch((error: unknown) => {
      throw missingFiles(error, what, name)
    })
    await checkClassNames(
      lists ? files.filter(({ uri }) => uri.endsWith('/classnames.txt')) : files,
      settings,
    )
    const shared = commonFolder(files.map((file) => file.uri)).length
    const listed = await mapConcurrently(
      files,
      8,
      async (file) => [file.uri.slice(shared), await identify(file)] as const,
    )
    digests[name] = digestOfJson(listed)
  }
  return digests
}

/** Class names that would end `evaluate`, when everything is trained, end planning. */
async function checkClassNames(
  files: readonly InputFile[],
  settings: StoreSettings | undefined,
): Promise<void> {
  for (const { uri } of files) {
    const texts = textLines(await readWhole(await openUri(uri, settings)), uri)
    const repeated = firstRepeated(texts)
    if (repeated === undefined) continue
    throw new PipelineError({
      code: 'E_CLASS_LIST',
      failure: 'manifest',
      message: 'a class name is listed twice',
      place: uri,
      found: repeated,
      hint: 'class numbers are positions in this list: rename one of the two',
    })
  }
}

/** Rewrites errors about inputs: files of a model are not input shards. */
function missingFiles(error: unknown, what: string, name: string): unknown {
  if (!(error instanceof PipelineError) || !/^E_INPUT_(MISSING|EMPTY)$/.test(error.code)) return error
  const { place, found, hint } = error
  return new PipelineError({
    code: 'E_FILES_MISSING',
    failure: 'manifest',
    message: `the ${what} ${name} does not exist`,
    place,
    found,
    hint,
    cause: error,
  })
}

function runtimes(nodes: readonly PlanNode[]): { [library: string]: string } {
  const wanted = new Set(nodes.flatMap((node) => node.stage.runtime ?? []))
  return Object.fromEntries(
    [...wanted].map((library) => [library, runtimeVersion(library === 'onnxruntime' ? 'auto' : 'wasm')]),
  )
}
