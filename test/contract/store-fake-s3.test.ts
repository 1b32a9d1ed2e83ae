import { startFakeS3 } from '../fakes/s3-server.js'
import { describeStore } from './store.js'
import { onServer } from './store-s3.js'

/** Keeps the fake honest: what passes against it passes against real servers. */
const fake = onServer(async () => ({
  ...(await startFakeS3()),
  access_key: 'any',
  secret_key: 'any',
}))
describeStore('s3 on the fake', () => fake.harness(), { large_bytes: 12 << 20, folder_and_object: true })
