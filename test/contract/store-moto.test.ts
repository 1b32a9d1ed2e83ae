import { startMoto } from '../../scripts/test-servers/start.js'
import { requirements } from '../requires.js'
import { describeStore } from './store.js'
import { describeChecksums, onServer } from './store-s3.js'

const moto = onServer(startMoto, [requirements.moto])
describeStore(
  's3 on moto',
  () => moto.harness(),
  {
    large_bytes: 12 << 20,
    folder_and_object: true,
    large_race: false,
  },
  moto.test,
)
describeChecksums('s3 on moto', moto)
