import test from 'ava'
import { writeAssignments } from '../../../src/api/stage.js'
import type { Output } from '../../../src/stages/define.js'

const rows = {
  length: 3,
  fine: new Uint32Array(3),
  expert: new Uint16Array(3),
  distance: new Float32Array(3),
  reason: [null, 'caption_repeated', null],
}

function collect(): { readonly out: Output; readonly names: string[] } {
  const names: string[] = []
  const put = async (name: string) => void names.push(name)
  return { out: { put, create: () => Promise.reject(new Error('not used')) }, names }
}

test('assignments with whole columns are written', async (t) => {
  const { out, names } = collect()
  await writeAssignments(out, rows)
  t.deepEqual(names, ['assignments.arrow'])
})

test('a column of another length, and a reason that nobody could count, are refused by name', async (t) => {
  const { out, names } = collect()
  const short = { ...rows, reason: rows.reason.slice(1) }
  await t.throwsAsync(writeAssignments(out, short), { code: 'E_TABLE', message: /column reason .* 2 rows/ })
  const fine = { ...rows, fine: new Uint32Array(4) }
  await t.throwsAsync(writeAssignments(out, fine), { code: 'E_TABLE', message: /column fine .* 4 rows/ })
  const odd = { ...rows, reason: [null, 'Caption Repeated', null] }
  await t.throwsAsync(writeAssignments(out, odd), { code: 'E_TABLE', message: /Caption Repeated/ })
  t.deepEqual(names, [])
})
