import test from 'ava'
import { ingestedName } from '../../../../src/artefacts/ingested.js'
import { writtenSetsName } from '../../../../src/artefacts/written-sets.js'
import type { Json } from '../../../../src/core/json.js'
import { encodeParquet } from '../../../../src/io/parquet/write.js'
import type { Artefact } from '../../../../src/stages/define.js'
import { picture } from '../../../fakes/crawl.js'
import { catalogueOf, written } from '../../../fakes/written.js'

/** As a version before the document left it: what it says was in the notes alone. */
function withoutFile(artefact: Artefact, name: string, notes: { readonly [name: string]: Json }): Artefact {
  return {
    ...artefact,
    files: artefact.files.filter((file) => file.name !== name),
    notes,
    open: async (wanted) =>
      wanted === name ? Promise.reject(new Error(`no file ${name}`)) : artefact.open(wanted),
  }
}

/** Two columns of images and two of captions, of which the well-known names are the wrong ones. */
async function ambiguousCrawl() {
  const values = Array.from({ length: 40 }, (_, i) => i)
  return {
    'a.parquet': await encodeParquet({
      caption: { type: 'text', values: values.map((i) => `well-known ${i}`) },
      wording: { type: 'text', values: values.map((i) => `named ${i}`) },
      image: { type: 'bytes', values: await Promise.all(values.map((i) => picture(i))) },
      photo: { type: 'bytes', values: await Promise.all(values.map((i) => picture(i + 100))) },
    }),
  }
}
const named = { caption_field: 'wording', image_field: 'photo' }

test('notes of other tasks decide no byte of the shards', async (t) => {
  const crawl = await ambiguousCrawl()
  const expected = await written(t, crawl, 'parquet', {}, -1, undefined, { named })
  t.true([...expected.files.keys()].some((name) => name.endsWith('.tar')))
  for (const notes of [{}, { images: false, fields: { image_field: 'image' } }]) {
    const changed = (samples: Artefact) => ({ ...samples, notes })
    const { files } = await written(t, crawl, 'parquet', {}, -1, undefined, { named, changed })
    t.deepEqual(files, expected.files)
  }
})

test('samples of an earlier version, which have notes alone, become the same shards', async (t) => {
  const crawl = await ambiguousCrawl()
  const expected = await written(t, crawl, 'parquet', {}, -1, undefined, { named })
  const changed = (samples: Artefact) =>
    withoutFile(samples, ingestedName, { fields: named, images: true, captions_set_aside: {} })
  t.deepEqual(
    (await written(t, crawl, 'parquet', {}, -1, undefined, { named, changed })).files,
    expected.files,
  )
})

test('the catalogue is the same over groups of an earlier version', async (t) => {
  const { artefact, files } = await written(t, await ambiguousCrawl(), 'parquet')
  const expected = await catalogueOf(t, [artefact])
  t.deepEqual(
    await catalogueOf(t, [{ ...artefact, notes: { sets: { 'expert-00': { own: 1, ooc: 0 } } } }]),
    expected,
  )
  const sets = JSON.parse(new TextDecoder().decode(files.get(writtenSetsName))) as Json
  t.deepEqual(await catalogueOf(t, [withoutFile(artefact, writtenSetsName, { sets })]), expected)
})

test('notes that cannot be used are refused with the task and the member', async (t) => {
  const { artefact } = await written(t, await ambiguousCrawl(), 'parquet')
  const spoilt = withoutFile(artefact, writtenSetsName, { sets: { holdout: { own: 'many', ooc: 0 } } })
  await t.throwsAsync(catalogueOf(t, [spoilt]), {
    code: 'E_DOCUMENT',
    message: /\$\.holdout\.own/,
  })
})
