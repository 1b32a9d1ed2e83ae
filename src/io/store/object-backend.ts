import type { Fields } from '../../core/field.js'
import { PipelineError } from '../../core/error.js'
import type { Backend, SettingsOf } from './backend.js'
import { storeSource } from './source.js'
import type { Store } from './store.js'
import { storeTree } from './tree.js'

/** The properties of one kind of object storage. */
export interface ObjectStorage<S extends string, F extends Fields> {
  readonly scheme: S
  readonly settings: { readonly fields: F; readonly doc: string }
  /** Pattern of valid bucket names. */
  readonly bucket: RegExp
  readonly must_prove_create_once: boolean
  readonly transfer: readonly string[]
  /**
   * The objects of a bucket below a prefix, which may be empty. With `probe`, uses a separate client;
   * `in_parts`: with multipart uploads for every file.
   */
  open(
    bucket: string,
    prefix: string,
    settings: SettingsOf<F>,
    probe?: { readonly in_parts: boolean },
  ): Promise<Store>
  /** The version of an object as an identity holds it, and back. */
  readonly version: {
    readonly toIdentity: (version: string) => string
    readonly fromIdentity: (part: string) => string
  }
  settingsOfJobs(settings: SettingsOf<F>): SettingsOf<F>
}

/**
 * The backend of `scheme://bucket/key`. Keys are taken literally: no percent-decoding, as in the AWS command
 * line. Identities are `<scheme>:<size>:<version>`, so that no object has to be read to plan a run.
 */
export function objectBackend<const S extends string, F extends Fields>(
  storage: ObjectStorage<S, F>,
): Backend<F> & { readonly scheme: S; readonly settings: { readonly fields: F; readonly doc: string } } {
  const { scheme, settings, must_prove_create_once, transfer, version } = storage
  const start = `${scheme}://`
  return {
    scheme,
    example: `${start}bucket/prefix`,
    local: false,
    settings,
    must_prove_create_once,
    transfer,
    complete: (uri) => uri,
    split(uri) {
      if (!uri.startsWith(start)) return undefined
      const rest = uri.slice(start.length)
      const slash = rest.indexOf('/')
      const root = slash < 0 ? rest : rest.slice(0, slash)
      return storage.bucket.test(root) ? { root, key: slash < 0 ? '' : rest.slice(slash + 1) } : undefined
    },
    openStore: ({ root, key }, own) => storage.open(root, key, own),
    async openFile({ root, key }, own) {
      if (!key)
        throw new PipelineError({
          code: 'E_BAD_URI',
          failure: 'manifest',
          message: 'this names a bucket, not an object',
          place: `${start}${root}`,
        })
      return storeSource(await storage.open(root, '', own), key)
    },
    openTree: async (root, own) =>
      storeTree(await storage.open(root, '', own), (key) => `${start}${root}/${key}`),
    identify: ({ size, version: now }) => `${scheme}:${size}:${version.toIdentity(now)}`,
    openIdentified({ root, key }, { size, identity }, own) {
      const [named, , ...rest] = identity.split(':')
      if (named !== scheme || rest.length === 0) return undefined
      const then = version.fromIdentity(rest.join(':'))
      const info = { key, size, version: then, modified_ms: 0 }
      return storage.open(root, '', own).then((store) => storeSource(store, key, info))
    },
    openHandle: ({ root, key }, own, in_parts) => storage.open(root, key, own, { in_parts }),
    settingsOfJobs: (own) => storage.settingsOfJobs(own),
  }
}
