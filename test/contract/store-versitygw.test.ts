import { startVersitygw } from '../../scripts/test-servers/start.js'
import { requirements } from '../requires.js'
import { describeStore } from './store.js'
import { describeChecksums, onServer } from './store-s3.js'

const versitygw = onServer(startVersitygw, [requirements.versitygw])
describeStore(
  's3 on versitygw',
  () => versitygw.harness(),
  {
    large_bytes: 12 << 20,
    folder_and_object: false,
  },
  versitygw.test,
)
describeChecksums('s3 on versitygw', versitygw)
