import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench, Comparison } from './bench.js'
import { interleaved, runPeer, runProgram } from './measure.js'
import { peerVersions } from './peers.js'
import { builtCli, inRepository } from './support/built-cli.js'

const requirements = 'crawl.txt'

/** Scans, measured as whole processes: the start of the interpreter and imports count. */
export const bench: Bench = {
  name: 'parquet',
  doc:
    'key and caption of every row as strings, and image bytes of a Hugging Face struct, ' +
    'as whole processes, against pyarrow and against hyparquet alone',
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
    const peer_name = (await peerVersions(requirements)).find((name) => name.startsWith('pyarrow'))!
    const results: Comparison[] = []
    for (const { work, name, columns, count, goal, second } of [
      {
        work: 'key + caption, snappy',
        name: 'snappy',
        columns: ['key', 'caption'],
        count: rows,
        goal: '>= 0.5',
        second: true,
      },
      {
        work: 'key + caption, zstd',
        name: 'zstd',
        columns: ['key', 'caption'],
        count: rows,
        goal: '>= 0.5',
        second: true,
      },
      {
        work: 'image bytes of a struct',
        name: 'struct',
        columns: ['image'],
        count: pictures,
        goal: '>= 0.7',
        second: false,
      },
    ] as const) {
      const file = join(folder, `${name}.parquet`)
      const sums = new Set<string>()
      const program = (code: string) => async () => {
        const { seconds, stdout } = await runProgram(process.execPath, ['--input-type=module', '-e', code])
        sums.add(stdout.trim())
        return count / seconds
      }
      const peer = async () => {
        const { seconds, result } = await runPeer<{ sum: number }>(python, script, [
          'scan',
          file,
          columns.join(','),
        ])
        sums.add(String(result.sum))
        return count / seconds
      }
      const contestants = {
        ours: program(scan(file, columns)),
        peer,
        ...(second ? { second: program(plainScan(file, columns)) } : {}),
      }
      const figures: { [contestant: string]: number } = await interleaved<string>(contestants, quick ? 1 : 3)
      if (sums.size !== 1) throw new Error(`${work}: the contestants read ${[...sums].join(', ')}`)
      results.push({ work, unit: 'rows/s', ours: figures.ours!, peer: figures.peer!, peer_name, goal })
      if (second)
        results.push({
          work,
          unit: 'rows/s',
          ours: figures.ours!,
          peer: figures.second!,
          peer_name: 'hyparquet with hyparquet-compressors',
          goal: '>= 1',
        })
    }
    return results
  },
}

/** Sums lengths (code units of strings, bytes of images), so that every value must be read. */
const add = `
      const values = columnsOf[name]
      for (let i = 0; i < count; i++) sum += values[i].length ?? values[i].bytes.byteLength`

function scan(file: string, columns: readonly string[]): string {
  const module = (path: string) => JSON.stringify(pathToFileURL(join(builtCli(), '../../io', path)).href)
  return `
    import { openParquet } from ${module('parquet/read.js')}
    import { openUri } from ${module('store/open.js')}
    const file = await openParquet(await openUri(${JSON.stringify(file)}))
    let sum = 0
    for await (const { columns: columnsOf, rows: count } of file.read(${JSON.stringify(columns)}))
      for (const name of ${JSON.stringify(columns)}) {${add}
    }
    console.log(sum)
  `
}

/** Reads with the library alone: the columns of one row group at a time. */
function plainScan(file: string, columns: readonly string[]): string {
  const module = (name: string) => JSON.stringify(pathToFileURL(inRepository(`node_modules/${name}`)).href)
  return `
    import { asyncBufferFromFile, parquetMetadataAsync, parquetScan } from ${module('hyparquet/src/node.js')}
    import { compressors } from ${module('hyparquet-compressors/src/index.js')}
    const file = await asyncBufferFromFile(${JSON.stringify(file)})
    const metadata = await parquetMetadataAsync(file)
    let sum = 0
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const count = Number(group.num_rows)
      const range = { rowStart, rowEnd: rowStart + count }
      const columns = ${JSON.stringify(columns)}
      const scan = await parquetScan({ file, metadata, columns, compressors, utf8: false, ...range })
      const columnsOf = {}
      for (const name of ${JSON.stringify(columns)}) {
        columnsOf[name] = await scan.readColumn({ column: name, ...range })${add}
      }
      rowStart += count
    }
    console.log(sum)
  `
}
