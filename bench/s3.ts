import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startVersitygw } from '../scripts/test-servers/start.js'
import { fileDigest } from './support/file-digest.js'
import { s3Store } from '../src/io/store/s3/store.js'
import type { Bench, Comparison } from './bench.js'
import { interleaved, median, runPeer, runProgram } from './measure.js'
import { peerVersions } from './peers.js'
import { builtCli, inRepository } from './support/built-cli.js'
import { countingProxy } from './support/counting-proxy.js'

const requirements = 's3.txt'
const columns = ['key', 'caption']

/** Captions from a shard with images, from a real S3 server: other columns must not be transferred. */
export const bench: Bench = {
  name: 's3',
  doc:
    'key and caption beside a column of images (1 KB to 100 KB) in parquet over S3, as whole processes, ' +
    'against pyarrow with s3fs',
  requirements,
  run: async ({ python, cache, quick, say }) => {
    const server = await startVersitygw()
    if (!server)
      throw new Error('versitygw is not installed: run `node --import=tsx scripts/test-servers/install.ts`')
    const proxy = await countingProxy(server.endpoint)
    try {
      process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
      const rows = quick ? 4_000 : 20_000
      const script = inRepository('bench/peers/s3.py')
      const file = join(cache, `${rows}.parquet`)
      if (!existsSync(file)) {
        say('writing the shard')
        await runProgram(python, [script, 'make', `${file}.part`, String(rows)])
        await rename(`${file}.part`, file)
      }
      const env = {
        AWS_ACCESS_KEY_ID: server.access_key,
        AWS_SECRET_ACCESS_KEY: server.secret_key,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_S3: proxy.endpoint,
        AWS_ENDPOINT_URL: proxy.endpoint,
      }
      Object.assign(process.env, env)
      await new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true }).send(
        new CreateBucketCommand({ Bucket: 'bench' }),
      )
      await s3Store('bench', '', { endpoint: server.endpoint }).create(
        'shard.parquet',
        await fileDigest(file),
      )
      const peer_name = (await peerVersions(requirements))
        .filter((name) => /^(pyarrow|s3fs)/.test(name))
        .join(', ')
      const program = scan(proxy.endpoint)
      const moved: { [contestant: string]: number[] } = { ours: [], readahead: [], none: [] }
      const sums = new Set<string>()
      const measured = async (name: string, run: () => Promise<{ seconds: number; sum: string }>) => {
        proxy.reset()
        const { seconds, sum } = await run()
        moved[name]!.push(proxy.received() / 1e6)
        sums.add(sum)
        return rows / seconds
      }
      const ours = async () => {
        const { seconds, stdout } = await runProgram(
          process.execPath,
          ['--input-type=module', '-e', program],
          { env },
        )
        return { seconds, sum: stdout.trim() }
      }
      const peer = (caching: string) => async () => {
        const { seconds, result } = await runPeer<{ sum: number }>(
          python,
          script,
          ['scan', 's3://bench/shard.parquet', columns.join(','), caching],
          env,
        )
        return { seconds, sum: String(result.sum) }
      }
      const figures = await interleaved(
        {
          ours: () => measured('ours', ours),
          readahead: () => measured('readahead', peer('readahead')),
          none: () => measured('none', peer('none')),
        },
        quick ? 1 : 3,
      )
      if (sums.size !== 1) throw new Error(`the contestants read ${[...sums].join(', ')}`)
      return (['readahead', 'none'] as const).flatMap((caching): Comparison[] => {
        const named = `${peer_name} (cache: ${caching})`
        return [
          {
            work: 'captions beside images',
            unit: 'rows/s',
            ours: figures.ours,
            peer: figures[caching],
            peer_name: named,
            goal: '>= 1',
          },
          {
            work: 'bytes moved',
            unit: 'MB',
            ours: median(moved.ours!),
            peer: median(moved[caching]!),
            peer_name: named,
            goal: '<= 1',
          },
        ]
      })
    } finally {
      await proxy.stop()
      await server.stop()
    }
  },
}

function scan(endpoint: string): string {
  const module = (path: string) => JSON.stringify(pathToFileURL(join(builtCli(), '../../', path)).href)
  return `
    import { openParquet } from ${module('io/parquet/read.js')}
    import { openUri } from ${module('io/store/open.js')}
    const columns = ${JSON.stringify(columns)}
    const place = { endpoint: ${JSON.stringify(endpoint)} }
    const file = await openParquet(await openUri('s3://bench/shard.parquet', place))
    let sum = 0
    for await (const batch of file.read(columns)) for (const name of columns) {
      const values = batch.columns[name]
      for (let i = 0; i < batch.rows; i++) sum += values[i].length
    }
    console.log(sum)
    process.exit()
  `
}
