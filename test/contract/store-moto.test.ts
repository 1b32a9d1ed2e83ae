import { startMoto } from '../../scripts/test-servers/start.js'
import { describeStore } from './store.js'
import { describeChecksums, onServer } from './store-s3.js'

const moto = onServer('moto', startMoto)
describeStore('s3 on moto', (t) => moto.harness(t), {
  large_bytes: 12 << 20,
  folder_and_object: true,
  large_race: false,
})
describeChecksums('s3 on moto', moto)
