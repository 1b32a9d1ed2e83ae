import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import anyTest from 'ava'
import type { S3Server } from '../../scripts/test-servers/start.js'
import type { ConnectionOptions } from '../../src/io/store/s3/retrying-client.js'
import { s3Store } from '../../src/io/store/s3/store.js'
import type { S3Settings } from '../../src/io/store/s3/settings.js'
import { type Requirement, testWith } from '../requires.js'
import { type Harness, localFile, pattern } from './store.js'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.env.AWS_ACCESS_KEY_ID = 'coterie'
process.env.AWS_SECRET_ACCESS_KEY = 'coterie-secret'

export const bucket = 'coterie-test'

/** Starts the server before the tests of the file, each of which has a prefix of its own. */
export function onServer(start: () => Promise<S3Server | undefined>, required: readonly Requirement[] = []) {
  const guarded = testWith(required)
  let server: S3Server | undefined
  let prefixes = 0
  anyTest.before(async () => {
    if (!guarded.available) return
    server = await start()
    await makeBucket((server as S3Server).endpoint, bucket)
  })
  anyTest.after.always(async () => server?.stop())
  return {
    test: guarded,
    endpoint: () => server?.endpoint,
    harness: async (own: S3Settings = {}, options?: ConnectionOptions): Promise<Harness> => {
      const { endpoint } = server as S3Server
      const prefix = `p${prefixes++}/store`
      const settings: S3Settings = { endpoint, part_megabytes: 5, ...own }
      return {
        store: s3Store(bucket, prefix, settings, options),
        again: async () => s3Store(bucket, prefix, settings, { ...options }),
      }
    },
  }
}

/**
 * What only real servers can show: whether they take the checksums that the SDK adds for AWS, or store them.
 */
export function describeChecksums(name: string, server: ReturnType<typeof onServer>): void {
  server.test(
    `${name}: objects are created and read with the checksums that the SDK adds for AWS`,
    async (t) => {
      const harness = await server.harness({ checksums: 'when_supported' })
      const large = pattern(12 << 20)
      t.is(await harness.store.create('small', pattern(1000)), 'created')
      t.is(await harness.store.create('large', await localFile(t, large)), 'created')
      t.is(await harness.store.create('large', await localFile(t, large)), 'exists')
      t.deepEqual(await harness.store.read('small'), pattern(1000))
      t.is(Buffer.compare(await harness.store.read('large'), large), 0)
    },
  )
}

export async function makeBucket(endpoint: string, name: string): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: name }))
  client.destroy()
}
