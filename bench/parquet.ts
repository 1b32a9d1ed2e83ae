import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench, Comparison } from './bench.js'
import { interleaved, runPeer, runProgram } from './measure.js'
import { peerVersions } from './peers.js'
import { builtCli, inRepository } from './support/built-cli.js'

const requirements = 'crawl.txt'

/** Scans as whole processes that start from nothing: interpreter and imports count. */
export const bench: Bench = {
  name: 'parquet',
  doc: 'key and caption of every row as strings, and image bytes of a Hugging Face struct, as whole processes, against pyarrow',
  requirements,
  run: async ({ python, cache, quick, say }) => {
    const rows = quick ? 200_000 : 1_000_000
    const pictures = quick ? 5_000 : 20_000
    const folder = join(cache, `${rows}`)
    const script = inRepository('bench/peers/parquet.py')
    if (!existsSync(folder)) {
      say('writing the files to read')
      await mkdir(`${folder}.part`, { recursive: true })
      await runProgram(python, [script, 'make', `${folder}.part`, String(rows), String(pictures)])
      await rename(`${folder}.part`, folder)
    }
    const reader = pathToFileURL(join(builtCli(), '../../io/parquet/read.js')).href
    const opener = pathToFileURL(join(builtCli(), '../../io/store/source.js')).href
    const peer_name = (await peerVersions(requirements)).find((name) => name.startsWith('pyarrow'))!
    const results: Comparison[] = []
    for (const [work, name, columns, count, goal] of [
      ['key + caption, snappy', 'snappy', ['key', 'caption'], rows, '>= 0.5'],
      ['key + caption, zstd', 'zstd', ['key', 'caption'], rows, '>= 0.5'],
      ['image bytes of a struct', 'struct', ['image'], pictures, '>= 0.7'],
    ] as const) {
      const file = join(folder, `${name}.parquet`)
      const program = scan(reader, opener, file, columns)
      const sums = { ours: '', peer: '' }
      const figures = await interleaved(
        {
          ours: async () => {
            const { seconds, stdout } = await runProgram(process.execPath, ['--input-type=module', '-e', program])
            sums.ours = stdout.trim()
            return count / seconds
          },
          peer: async () => {
            const { seconds, result } = await runPeer<{ sum: number }>(python, script, ['scan', file, columns.join(',')])
            sums.peer = String(result.sum)
            return count / seconds
          },
        },
        quick ? 1 : 3,
      )
      if (sums.ours !== sums.peer) throw new Error(`${work}: ours read ${sums.ours}, the peer ${sums.peer}`)
      results.push({ work, unit: 'rows/s', ...figures, peer_name, goal })
    }
    return results
  },
}

/** Adds up lengths (code units of strings, bytes of images), so that nothing can be left undone. */
function scan(reader: string, opener: string, file: string, columns: readonly string[]): string {
  return `
    import { openParquet } from ${JSON.stringify(reader)}
    import { openUri } from ${JSON.stringify(opener)}
    const columns = ${JSON.stringify(columns)}
    const file = await openParquet(await openUri(${JSON.stringify(file)}))
    let sum = 0
    for await (const batch of file.read(columns)) for (const name of columns) {
      const values = batch.columns[name]
      for (let i = 0; i < batch.rows; i++) sum += values[i].length ?? values[i].bytes.byteLength
    }
    console.log(sum)
  `
}
