import { startVersitygw } from '../../scripts/test-servers/start.js'
import { describeStore } from './store.js'
import { describeChecksums, onServer } from './store-s3.js'

const versitygw = onServer('versitygw', startVersitygw)
describeStore('s3 on versitygw', (t) => versitygw.harness(t), {
  large_bytes: 12 << 20,
  folder_and_object: false,
})
describeChecksums('s3 on versitygw', versitygw)
