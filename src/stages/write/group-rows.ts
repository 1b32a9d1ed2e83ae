import { readIngested, type CrawlFields } from '../../artefacts/ingested.js'
import { PipelineError } from '../../core/error.js'
import { readFileOf } from '../../io/read-whole.js'
import { decodeAssignments, type Assignments } from '../../io/tables/assignments.js'
import { decodeSamples, type Samples } from '../../io/tables/samples.js'
import type { Artefact, Split } from '../define.js'

/** One split's samples with their assignments, row-aligned. */
export interface SplitRows {
  readonly split: Split
  readonly samples: Samples
  readonly assignments: Assignments
  /** The columns that `ingest` read, so that `write` reads the same. */
  readonly fields: CrawlFields
  /** False: the crawl has only URLs, so the shard need not be opened. */
  readonly has_images: boolean
}

export async function readSplitRows(
  split: Split,
  samples: Artefact | undefined,
  assignments: Artefact | undefined,
): Promise<SplitRows> {
  if (!samples || !assignments)
    throw new PipelineError({
      code: 'E_MISALIGNED',
      message: 'a split has no samples or no assignments',
      place: split.shard.uri,
    })
  const { fields, images } = await readIngested(samples)
  const rows = {
    split,
    samples: decodeSamples(await readFileOf(samples, 'samples.arrow')),
    assignments: decodeAssignments(await readFileOf(assignments, 'assignments.arrow')),
    fields,
    has_images: images,
  }
  if (rows.samples.length === rows.assignments.length) return rows
  throw new PipelineError({
    code: 'E_MISALIGNED',
    message: 'assignments and samples have different numbers of rows',
    place: split.shard.uri,
    expected: `${rows.samples.length} rows of samples`,
    found: `${rows.assignments.length} assignments`,
  })
}
