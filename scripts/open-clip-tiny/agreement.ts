import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packagePath } from '../../src/core/package-path.js'
import { loadEnsemble } from '../../src/ensemble/load.js'
import { exportRun } from '../../src/finished/export-run.js'
import { fileSource } from '../../src/io/store/local/source.js'
import { readWebDataset } from '../../src/io/tar/webdataset.js'
import { openFinished } from '../../src/runner/locate.js'
import type { PrepareOptions } from '../../src/runner/prepare.js'
import { shared } from './crawl.js'

/** Sources with JPEGs of several sizes and aspect ratios. */
const sources = ['tiny-imagenet-val', 'fashion-products', 'flickr8k-1k']
const templates = ['{}', 'a photo of a {}.']

/**
 * Compares the scores of both languages for the same JPEG files, `each` from every source: each language
 * decodes, resizes and scores them with its own libraries.
 */
export async function agreement(
  manifest: string,
  options: PrepareOptions,
  folder: string,
  each: number,
): Promise<{ photos: number; same_best: number; largest: number }> {
  await exportRun(await openFinished(manifest, options), folder, { baselines: false })
  const photos = await jpegs(join(folder, 'photos'), each)
  const found = JSON.parse(
    await readFile(join(shared, 'data/zeroshot/tiny-imagenet/classes.json'), 'utf8'),
  ) as readonly { readonly name: string }[]
  const classes = [...new Set(found.map(({ name }) => name))]
  const ensemble = await loadEnsemble(folder, { threads: 1 })
  const here = await ensemble.classify(await Promise.all(photos.map((path) => readFile(path))), classes, {
    templates,
  })
  await ensemble.close()
  const request = join(folder, 'request.json')
  await writeFile(request, JSON.stringify({ photos, classes, templates }))
  const python = process.env.COTERIE_PYTHON ?? 'python3'
  const { stdout } = await promisify(execFile)(
    python,
    [packagePath('scripts/open-clip-tiny/classify.py'), folder, request],
    { maxBuffer: 1 << 30, env: { ...process.env, PYTHONPATH: packagePath('trainer') } },
  )
  const there = JSON.parse(stdout) as {
    readonly best: readonly number[]
    readonly scores: readonly number[][]
  }
  let largest = 0
  for (const [photo, row] of there.scores.entries())
    for (const [name, score] of row.entries())
      largest = Math.max(largest, Math.abs(score - here.scores[photo * classes.length + name]!))
  return {
    photos: photos.length,
    same_best: there.best.filter((best, photo) => best === here.best[photo]).length,
    largest,
  }
}

async function jpegs(folder: string, each: number): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const paths: string[] = []
  for (const source of sources) {
    let count = 0
    for await (const { members } of readWebDataset(
      await fileSource(join(shared, 'data/pairs', `${source}.tar`)),
    )) {
      const image = members.get('jpg')
      if (!image) continue
      if (count++ === each) break
      const path = join(folder, `${source}-${count}.jpg`)
      await writeFile(path, image.bytes)
      paths.push(path)
    }
  }
  return paths
}
