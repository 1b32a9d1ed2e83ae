import type { ArtefactKind } from './define.js'

/**
 * The kinds of artefact that stages exchange, with the files that a reader may rely on. `src/artefacts` has
 * the JSON documents among them.
 */

/**
 * `samples.arrow` (Arrow IPC file), one row per sample, in the order of the input shard: `row` uint32
 * (position in the shard), `key` utf8, `caption` utf8, `captions` list<utf8> or null (all of them, where
 * there are several), `holdout` uint8, `member`, `offset`, `size` (image inside a tar; null and zeros for
 * parquet rows that carry bytes), `url` utf8 or null, `metadata` utf8 (canonical JSON of the other fields)
 * or null. `dropped.arrow`: `row` uint32, `reason` utf8, `detail` utf8. `ingest.json`: how the shard was
 * read.
 */
export const Samples: ArtefactKind = {
  name: 'samples',
  doc: 'Captions with their position in the input, one Arrow file per split.',
}

/**
 * `vectors.npy` [rows, d] float32 or float16, L2-normalised; `invalid.arrow`: `index` uint32 into it,
 * `reason` utf8; `encoder.json`.
 */
export const Vectors: ArtefactKind = { name: 'vectors', doc: 'Caption embeddings, row-aligned with samples.' }

/**
 * `fine.npy` float32 [m, d], `coarse.npy` float32 [n, d], `experts.json` {fine_to_expert: [expert per fine
 * centre], fine_population: […], expert_population: […]}, `quality.json`.
 */
export const Centres: ArtefactKind = { name: 'centres', doc: 'Fine centres, experts and their quality.' }

/**
 * `assignments.arrow`, row-aligned with samples: `fine` uint32, `expert` uint16, `distance` float32
 * (Euclidean), `reason` utf8; the first three are null where there is a reason.
 */
export const Assignments: ArtefactKind = {
  name: 'assignments',
  doc: 'Fine cluster and expert of every sample.',
}

/**
 * Per expert `expert-00/00000.tar` … (WebDataset: image, `.txt`, `.json` with `key`, `crawl_key`, `expert`,
 * `fine`, `ooc` and the metadata), `holdout/00000.tar` …, and `expert-00/sizes.json`; `sets.json`. Rows with
 * URLs only: `expert-00/urls/00000.parquet` (`url`, `caption`, `sample_key`, `crawl_key`, `fine`, `expert`,
 * `ooc`) for img2dataset. `write.format: parquet` writes `expert-00/00000.parquet` with image bytes instead
 * of tars. The task `catalogue` adds the totals: `sizes.json`, `README.md`, `croissant.json`, `shards.json`.
 */
export const Shards: ArtefactKind = {
  name: 'shards',
  doc: 'Training sets, one per expert, and the hold-out.',
  descriptions: ['README.md', 'croissant.json', 'shards.json'],
}

/**
 * `expert.json`, `image.onnx`, `text.onnx`, `tokenizer.json`, `metrics.json`: one model, from any engine;
 * `cost.json` if a separate trainer trained it.
 */
export const Bundles: ArtefactKind = { name: 'bundles', doc: 'Trained models as ONNX folders.' }

/** Key of the task of `shards` with the totals of all others. */
export const catalogueKey = 'catalogue'

/** `scores.json`, `routing.json`. */
export const Scores: ArtefactKind = { name: 'scores', doc: 'Scores of every model and every routing rule.' }

/** `report.html`, `report.json`. */
export const Report: ArtefactKind = { name: 'report', doc: 'One self-contained page and its data.' }

/** `drift.json`: how well later rows fit clusters that were fitted before. */
export const Drift: ArtefactKind = { name: 'drift', doc: 'How well later shards fit the clusters.' }
