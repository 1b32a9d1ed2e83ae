import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { homeFolder } from './home-folder.js'
import { join } from 'node:path'
import { PipelineError } from './error.js'
import { byCodeUnit } from './json.js'
import { isPluginMember } from './plugin-name.js'
import { packagePath } from './package-path.js'

/** The static encoder that ships with the package. */
export const builtinEncoder = 'builtin'

/**
 * Returns the folder of an `encoder.model`: `builtin`, a path, a URI, or a name on the Hugging Face hub
 * (`owner/name`, `owner/name@revision`), which must be in the local cache. Never downloads anything. Throws
 * `E_ENCODER_MISSING`.
 */
export function encoderFolder(model: string): string {
  if (model === builtinEncoder) return packagePath('encoders', 'static-minilm')
  if (/^[a-z0-9]+:\/\//i.test(model) || model.startsWith('/') || model.startsWith('.')) return model
  if (existsSync(model)) return model
  if (isPluginMember(model)) {
    throw new PipelineError({
      code: 'E_ENCODER_FILES',
      message: `the plugin encoder ${model} has no files`,
      failure: 'manifest',
      hint:
        '`engine: adapter` and `coterie export` need an encoder with files: ' +
        'use one, or train with another engine',
    })
  }
  const hub = /^([\w.-]+\/)?[\w.-]+(@[\w./-]+)?$/.exec(model)
  const snapshot = hub ? snapshotInCache(model) : undefined
  if (snapshot !== undefined) return snapshot
  throw new PipelineError({
    code: 'E_ENCODER_MISSING',
    message: `there is no encoder ${model}`,
    failure: 'manifest',
    expected: '`builtin`, a folder, an s3:// prefix, or the name of a model in the Hugging Face cache',
    found: `no folder ${model}, and nothing in ${cacheFolder()}`,
    hint:
      `download it once with \`hf download ${model}\`, ` +
      `and export it with \`python -m coterie_trainer export\` if it has no ONNX files`,
  })
}

/**
 * In the hub's cache, `models--owner--name/refs/<revision>` names a commit; its files are in `snapshots/`.
 */
function snapshotInCache(model: string): string | undefined {
  const [name, revision] = model.split('@') as [string, string | undefined]
  const folder = join(cacheFolder(), `models--${name.replaceAll('/', '--')}`)
  const snapshots = join(folder, 'snapshots')
  if (!existsSync(snapshots)) return undefined
  const reference = join(folder, 'refs', revision ?? 'main')
  const commit = existsSync(reference) ? readFileSync(reference, 'utf8').trim() : revision
  const commits = readdirSync(snapshots).sort(byCodeUnit)
  const chosen =
    commit !== undefined
      ? commits.find((entry) => entry.startsWith(commit))
      : commits.length === 1
        ? commits[0]
        : undefined
  return chosen === undefined ? undefined : join(snapshots, chosen)
}

function cacheFolder(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env
  if (HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE) return (HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE) as string
  return join(HF_HOME ?? join(XDG_CACHE_HOME ?? join(homeFolder(), '.cache'), 'huggingface'), 'hub')
}
