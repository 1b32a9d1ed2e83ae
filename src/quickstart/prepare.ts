import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PipelineError } from '../core/error.js'
import { makeCorpus, type Corpus, type CorpusOptions } from './corpus.js'

const shipped = fileURLToPath(new URL('../../manifests/quickstart.yaml', import.meta.url))

export interface Quickstart {
  readonly manifest: string
  readonly corpus: Corpus & { readonly folder: string; readonly made: boolean }
}

/**
 * Makes `DIR/crawl` and copies the shipped manifest next to it as `DIR/quickstart.yaml`. An existing manifest
 * is kept, since the user may have changed it.
 */
export async function prepareQuickstart(dir: string, options: CorpusOptions): Promise<Quickstart> {
  const folder = join(dir, 'crawl')
  const manifest = join(dir, 'quickstart.yaml')
  try {
    const corpus = await makeCorpus(folder, options)
    await writeFile(manifest, await readFile(shipped), { flag: 'wx' }).catch(keepExisting)
    return { manifest, corpus: { ...corpus, folder } }
  } catch (error) {
    throw PipelineError.from(error)
  }
}

/** Copies the report to `DIR/report.html`, where it is easy to find. Returns its path. */
export async function keepReport(report: string, dir: string): Promise<string> {
  const kept = join(dir, 'report.html')
  await copyFile(report, kept)
  await copyFile(report.replace(/\.html$/, '.json'), join(dir, 'report.json'))
  return kept
}

function keepExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
