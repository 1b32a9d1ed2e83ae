import { readFileSync } from 'node:fs'
import { PipelineError } from '../../src/core/error.js'
import type { InputFormat } from '../../src/io/crawl/formats.js'
import { crawlRows } from '../../src/io/crawl/read.js'
import { memorySource } from '../../src/io/source.js'

/**
 * `read-shards.ts`: reads the shards that are named on standard input, a line each: `FORMAT PATH`. Prints a
 * line before each (`begin`) and one after it: the number of rows, or the code of the refusal. Anything that
 * is no refusal with a place ends it.
 */
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const [format, path] = line.split(' ') as [InputFormat, string]
  const source = memorySource(path, readFileSync(path))
  console.log('begin')
  let rows = 0
  let outcome: string
  try {
    const request = { row_start: 0, row_end: undefined, images: true, metadata: ['*'] }
    for await (const _ of crawlRows(format, source, request, async () =>
      Promise.reject(new Error('no sibling')),
    ))
      rows += 1
    outcome = String(rows)
  } catch (error) {
    if (!(error instanceof PipelineError) || !(error.place ?? '').startsWith(path)) throw error
    outcome = error.code
  }
  console.log(`${outcome} ${path}`)
}
