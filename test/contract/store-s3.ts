import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import anyTest, { type ExecutionContext } from 'ava'
import type { S3Server } from '../../scripts/test-servers/start.js'
import type { ConnectionOptions } from '../../src/io/store/s3/connection.js'
import { s3Store } from '../../src/io/store/s3/store.js'
import type { Place } from '../../src/io/store/place.js'
import { type Harness, localFile, pattern } from './store.js'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.env.AWS_ACCESS_KEY_ID = 'coterie'
process.env.AWS_SECRET_ACCESS_KEY = 'coterie-secret'

export const bucket = 'coterie-test'

/** Starts the server before the file's tests and gives each test a prefix of its own. */
export function onServer(name: string, start: () => Promise<S3Server | undefined>) {
  let server: S3Server | undefined
  let prefixes = 0
  anyTest.before(async (t) => {
    server = await start()
    if (!server) {
      t.log(`skipped: ${name} is not installed; run \`node --import=tsx scripts/test-servers/install.ts\``)
      return
    }
    await makeBucket(server.endpoint, bucket)
  })
  anyTest.after.always(async () => server?.stop())
  return {
    endpoint: () => server?.endpoint,
    harness: async (
      t: ExecutionContext,
      place: Place = {},
      options?: ConnectionOptions,
    ): Promise<Harness | undefined> => {
      if (!server) {
        t.log(`skipped: ${name} is not installed`)
        return undefined
      }
      const prefix = `p${prefixes++}/store`
      const settings: Place = { endpoint: server.endpoint, part_megabytes: 5, ...place }
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
  anyTest(`${name}: with the checksums that the SDK adds for AWS`, async (t) => {
    const harness = await server.harness(t, { checksums: 'when_supported' })
    if (!harness) return t.pass()
    const large = pattern(12 << 20)
    t.is(await harness.store.create('small', pattern(1000)), 'created')
    t.is(await harness.store.create('large', await localFile(t, large)), 'created')
    t.is(await harness.store.create('large', await localFile(t, large)), 'exists')
    t.deepEqual(await harness.store.read('small'), pattern(1000))
    t.is(Buffer.compare(await harness.store.read('large'), large), 0)
  })
}

export async function makeBucket(endpoint: string, name: string): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: name }))
  client.destroy()
}
