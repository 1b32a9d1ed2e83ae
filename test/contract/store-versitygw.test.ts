import test from 'ava'
import { startVersitygw } from '../../scripts/test-servers/start.js'
import { describeStore, localFile, pattern } from './store.js'
import { onServer } from './store-s3.js'

const versitygw = onServer('versitygw', startVersitygw)
describeStore('s3 on versitygw', (t) => versitygw.harness(t), { large_bytes: 12 << 20, folder_and_object: false })

test('s3 on versitygw: with the checksums that the SDK adds for AWS', async (t) => {
  const harness = await versitygw.harness(t, { checksums: 'when_supported' })
  if (!harness) return t.pass()
  const large = pattern(12 << 20)
  t.is(await harness.store.create('small', pattern(1000)), 'created')
  t.is(await harness.store.create('large', await localFile(t, large)), 'created')
  t.is(await harness.store.create('large', await localFile(t, large)), 'exists')
  t.deepEqual(await harness.store.read('small'), pattern(1000))
  t.is(Buffer.compare(await harness.store.read('large'), large), 0)
})
