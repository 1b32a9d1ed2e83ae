import { readFileSync } from 'node:fs'
import test from 'ava'

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the guide for programs shows the example that is type-checked from the packed package', (t) => {
  t.true(text('docs/guides/programs.md').includes(text('examples/api/shards-of-experts.ts')))
})
