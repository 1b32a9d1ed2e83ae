import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { readYamlFile } from '../../../src/manifest/yaml/read-file.js'

test('files that cannot be read are mistakes, not exceptions', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-read-'))
  try {
    const codeOf = async (name: string) =>
      (await readYamlFile(join(folder, name), name)).diagnostics.map(({ code }) => code)
    await writeFile(join(folder, 'latin.yaml'), Uint8Array.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]))
    await writeFile(join(folder, 'exact.yaml'), `# ${'x'.repeat(64 * 1024 - 3)}\n`)
    await writeFile(join(folder, 'over.yaml'), `# ${'x'.repeat(64 * 1024 - 2)}\n`)
    t.deepEqual(await codeOf('none.yaml'), ['E_FILE_MISSING'])
    t.deepEqual(await codeOf('.'), ['E_FILE_MISSING'])
    t.deepEqual(await codeOf('latin.yaml'), ['E_FILE_ENCODING'])
    t.deepEqual(await codeOf('exact.yaml'), [])
    t.deepEqual(await codeOf('over.yaml'), ['E_FILE_TOO_LARGE'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a byte order mark and Windows line endings change nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-read-'))
  try {
    await writeFile(join(folder, 'windows.yaml'), '\ufeffname: x\r\nstages:\r\n  cluster: { fine: 2 }\r\n')
    const { root, diagnostics } = await readYamlFile(join(folder, 'windows.yaml'), 'windows.yaml')
    t.deepEqual(diagnostics, [])
    t.deepEqual(root.kind === 'map' ? root.members.map(({ key, keyAt }) => [key, keyAt.line]) : [], [
      ['name', 1],
      ['stages', 2],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
