import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listInputs } from '../io/inputs/list.js'
import { openIdentified } from '../io/inputs/open-identified.js'
import { openUri } from '../io/store/open.js'
import { locate, type StoreSettings } from '../io/store/backends.js'
import type { Store } from '../io/store/store.js'
import type { ByteSource } from '../io/source.js'
import { discardingStore } from './task/discarding-store.js'
import type { LogLevel } from './stderr-logger.js'
import { openResults } from './store-format.js'
import type { TaskRef } from '../planner/types.js'
import type { InputShard } from '../stages/define.js'

/** The stores and folders of a run; plain data, the same for every worker process. */
export interface RunSetup {
  /** Folder or URI that results are written to. */
  readonly store: string
  /**
   * The results of these stages, or of all tasks but these, are read from another store: a rebuild must not
   * overwrite what it compares with.
   */
  readonly upstream?: ({ readonly store: string } & UpstreamResults) | undefined
  readonly settings?: StoreSettings | undefined
  /** Discard results: this machine only helps another one with its tasks. */
  readonly discard?: boolean | undefined
  /**
   * Local folder for attempts. Defaults to a folder of a local store, so that publishing is a hard link.
   */
  readonly scratch?: string | undefined
  readonly log_level: LogLevel
  /** Digests of the plugins of the run; their files are in the store. */
  readonly plugins?: readonly string[] | undefined
}

export type UpstreamResults =
  | { readonly stages: readonly string[] }
  /** Fingerprints. */
  | { readonly but: readonly string[] }

export interface RunStorage {
  readonly store: Store
  readonly upstream: (ref: TaskRef) => Store
  /**
   * Opens an input shard as it was when it was planned. In S3, throws `E_CHANGED` if it has been replaced
   * since.
   */
  readonly openShard: (shard: InputShard) => Promise<ByteSource>
  readonly openUri: (uri: string) => Promise<ByteSource>
  readonly listUri: (uri: string) => Promise<readonly string[]>
  readonly scratch: string
}

const opened = new Map<string, Promise<RunStorage>>()

/** Opens the stores of a setup, once per process. */
export function openStorage(setup: RunSetup): Promise<RunStorage> {
  const key = JSON.stringify(setup)
  let storage = opened.get(key)
  if (!storage) {
    storage = open(setup)
    opened.set(key, storage)
  }
  return storage
}

async function open(setup: RunSetup): Promise<RunStorage> {
  const opened = await openResults(setup.store, setup.settings)
  const store = setup.discard ? discardingStore(opened) : opened
  const other = setup.upstream
    ? { store: await openResults(setup.upstream.store, setup.settings), has: includes(setup.upstream) }
    : undefined
  return {
    store,
    upstream: (ref) => (other?.has(ref) ? other.store : store),
    // For shards with equal bytes, identities in the plan end with an ordinal.
    openShard: ({ uri, size, identity }) =>
      openIdentified({ uri, size, identity: identity.replace(/#\d+$/, '') }, setup.settings),
    openUri: (uri) => openUri(uri, setup.settings),
    listUri: async (uri) =>
      (await listInputs({ uri: uri.endsWith('/') ? uri : `${uri}/`, format: 'any' }, setup.settings)).map(
        (file) => file.uri,
      ),
    scratch: scratchFolder(setup),
  }
}

function includes(results: UpstreamResults): (ref: TaskRef) => boolean {
  if ('stages' in results) {
    const stages = new Set(results.stages)
    return ({ stage }) => stages.has(stage)
  }
  const own = new Set(results.but)
  return ({ fingerprint }) => !own.has(fingerprint)
}

export function scratchFolder(setup: Pick<RunSetup, 'store' | 'scratch'>): string {
  if (setup.scratch) return setup.scratch
  const { backend, key } = locate(setup.store)
  return backend.local ? join(key, '_tmp') : join(tmpdir(), 'coterie-scratch')
}
