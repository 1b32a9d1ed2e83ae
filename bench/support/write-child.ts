import type { WriteOptions } from '../../src/stages/write/options.js'
import { writeExperts } from './write-task.js'

/**
 * `write-child.ts FOLDER EXPERTS TAR…`: writes the tars' pairs into experts' tars in a fresh process and
 * prints its seconds and peak memory.
 */
const [folder = '', experts = '', ...tars] = process.argv.slice(2)
const options = {
  shard_megabytes: 256,
  format: 'webdataset',
  gpus: 1,
  workers: 1,
  ooc_ratio: 0.02,
  seed: 0,
  most_lost_share: 1,
  images: 'none',
} as const
const seconds = await writeExperts(tars, folder, Number(experts), {
  ...options,
  order: undefined,
  batch_rows: undefined,
} as WriteOptions)
console.log(JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1000 }))
