import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { BackendScheme, StoreSettings } from '../../src/io/store/backends.js'
import { startFakeS3 } from '../fakes/s3-server.js'
import type { Traits } from './store.js'

process.env.AWS_ACCESS_KEY_ID ??= 'any'
process.env.AWS_SECRET_ACCESS_KEY ??= 'any'

/** A place of a test's own: nobody else uses what is below its URI. */
export interface BackendHarness {
  readonly uri: string
  readonly settings?: StoreSettings
}

export interface BackendUnderTest {
  readonly make: (t: ExecutionContext) => Promise<BackendHarness>
  readonly traits?: Traits
}

/** How the contract suites reach each backend; a row of the table without an entry here is not done. */
export const harnesses: { readonly [S in BackendScheme]: BackendUnderTest } = {
  file: {
    async make(t) {
      const folder = await mkdtemp(join(tmpdir(), 'coterie-backend-'))
      t.teardown(() => rm(folder, { recursive: true, force: true }))
      return { uri: folder }
    },
  },
  // The fake is kept honest by this: what passes against it passes against real servers.
  s3: {
    async make(t) {
      const server = await startFakeS3()
      t.teardown(() => server.stop())
      return {
        uri: 's3://coterie-test/below/store',
        settings: { s3: { endpoint: server.endpoint, part_megabytes: 5 } },
      }
    },
    traits: { large_bytes: 12 << 20, folder_and_object: true },
  },
}
