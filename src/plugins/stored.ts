import { PipelineError } from '../core/error.js'
import { sha256 } from '../core/digest.js'
import { parseJson } from '../core/parse-json.js'
import { list, object, type Shape, text } from '../core/shape.js'
import type { Store } from '../io/store/store.js'
import { bundleOf, type PluginBundle } from './bundle.js'

/**
 * Plugins in a store: `_plugins/<digest>/files/<name>` and, written last, `_plugins/<digest>/plugin.json`
 * with the entry and the names. Create-once, so workers load the bytes that the run was planned with.
 */
export const pluginsPrefix = '_plugins/'
const folderOf = (digest: string) => `${pluginsPrefix}${digest}/`

export async function putPlugin(store: Store, bundle: PluginBundle): Promise<void> {
  const folder = folderOf(bundle.digest)
  if (await store.stat(`${folder}plugin.json`)) return
  for (const file of bundle.files) await store.create(`${folder}files/${file.name}`, file.bytes)
  const listed: FileList = {
    entry: bundle.entry,
    files: bundle.files.map(({ name, sha256: digest }) => ({ name, sha256: digest })),
  }
  await store.create(`${folder}plugin.json`, new TextEncoder().encode(`${JSON.stringify(listed)}\n`))
}

/** Throws `E_PLUGIN_BYTES` if the store does not hold the bytes with this digest. */
export async function readStoredPlugin(store: Store, digest: string): Promise<PluginBundle> {
  const folder = folderOf(digest)
  const place = `${store.uri}/${folder}`
  const listed = await store.read(`${folder}plugin.json`).catch((cause: unknown) => {
    throw damaged(place, 'the store does not hold this plugin', cause)
  })
  const { entry, files } = listOf(place, listed)
  const read = []
  for (const { name, sha256: expected } of files) {
    const bytes = await store.read(`${folder}files/${name}`)
    if (sha256(bytes) !== expected)
      throw damaged(`${place}files/${name}`, 'a file of this plugin has changed')
    read.push({ name, bytes })
  }
  const bundle = bundleOf(entry, read)
  if (bundle.digest !== digest)
    throw damaged(place, 'this plugin is not the one that the run was planned with')
  return bundle
}

interface FileList {
  readonly entry: string
  readonly files: readonly { readonly name: string; readonly sha256: string }[]
}

const fileList: Shape<FileList> = object({
  entry: text,
  files: list(object<FileList['files'][number]>({ name: text, sha256: text })),
})

function listOf(place: string, bytes: Uint8Array): FileList {
  try {
    return parseJson(bytes, `${place}plugin.json`, fileList)
  } catch (cause) {
    throw damaged(place, 'plugin.json of this plugin is damaged', cause)
  }
}

function damaged(place: string, message: string, cause?: unknown): PipelineError {
  return new PipelineError({
    code: 'E_PLUGIN_BYTES',
    failure: 'stage',
    message,
    place,
    hint: 'plan again on a machine that has the plugin, to store its bytes again',
    ...(cause === undefined ? {} : { cause }),
  })
}
