import test from 'ava'
import type { CrawlRequest } from '../../../../src/io/crawl/row.js'
import { fetchReason } from '../../../../src/io/crawl/fetch-trouble.js'
import { webdatasetRow } from '../../../../src/io/crawl/webdataset.js'

const request: CrawlRequest = { row_start: 0, row_end: undefined, images: false, metadata: ['*'] }
const member = (name: string, text: string) => {
  const bytes = new TextEncoder().encode(text)
  return { name, offset: 0, size: bytes.byteLength, bytes, read: true }
}
const rowOf = (members: { readonly [extension: string]: string }, leftOut: string[] = []) =>
  webdatasetRow(
    {
      key: 'k',
      index: 0,
      members: new Map(Object.entries(members).map(([name, text]) => [name, member(`k.${name}`, text)])),
    },
    { ...request, leftOut: (field, why) => leftOut.push(`${field} ${why}`) },
  )

test('a caption that .txt and .json hold alike is one, whatever line breaks it has', (t) => {
  const caption = 'first line\r\nand second'
  t.deepEqual(rowOf({ txt: caption, json: JSON.stringify({ caption }) }).captions, [caption])
  t.deepEqual(rowOf({ txt: 'one\ntwo', json: '{"caption": "one"}' }).captions, ['one', 'two'])
})

test('nulls in a list of captions are no captions', (t) => {
  t.deepEqual(rowOf({ json: '{"captions": ["a", null, "b"]}' }).captions, ['a', 'b'])
  t.is(rowOf({ json: '{"captions": ["a", 1]}' }).captions, undefined)
})

test('metadata keeps exact integers; what it cannot hold is reported', (t) => {
  const leftOut: string[] = []
  const json = `{"hash": -1370466427391125475, "punsafe": NaN, "big": Infinity, "none": null,
    "long": "${'x'.repeat(1001)}", "deep": {"a": 1}}`
  t.deepEqual(rowOf({ json }, leftOut).metadata, { hash: '-1370466427391125475' })
  t.deepEqual(leftOut, ['big not_finite', 'long too_long', 'deep not_plain'])
})

test('a status that is the name of a property of objects is a failure like others', (t) => {
  for (const status of ['constructor', 'toString', '__proto__', '']) t.is(fetchReason(status), 'fetch_failed')
})
