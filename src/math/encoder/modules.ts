import type { EncoderFiles } from './encoder.js'
import { readJson, unusable } from './files.js'

/**
 * One module of a sentence-transformers model. Only the last part of the class path is used: the rest has
 * changed between releases.
 */
export interface EncoderModule {
  readonly kind: string
  /** Folder of its files, with a trailing `/`, or empty. */
  readonly folder: string
}

/** Reads `modules.json`; undefined for a plain transformers folder. */
export async function readModules(
  files: EncoderFiles,
  names: ReadonlySet<string>,
): Promise<EncoderModule[] | undefined> {
  const listed = await readJson<{ idx?: number; path?: string; type?: string }[]>(
    files,
    names,
    'modules.json',
  )
  if (listed === undefined) return undefined
  if (!Array.isArray(listed) || listed.length === 0) {
    throw unusable(files, 'modules.json', 'lists no modules', { expected: 'a list of {idx, path, type}' })
  }
  return listed
    .map((module, at) => ({ ...module, idx: module.idx ?? at }))
    .sort((a, b) => a.idx - b.idx)
    .map((module) => {
      if (typeof module.type !== 'string')
        throw unusable(files, 'modules.json', `has no type for module ${module.idx}`)
      const path = (module.path ?? '').replace(/^\.(\/|$)/, '').replace(/\/$/, '')
      if (path.startsWith('/') || path.split('/').includes('..'))
        throw unusable(files, 'modules.json', 'points outside of its folder', { found: module.path })
      return { kind: module.type.split('.').at(-1) ?? '', folder: path === '' ? '' : `${path}/` }
    })
}
