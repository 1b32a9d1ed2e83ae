import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../src/core/digest.js'
import { memorySource } from '../../src/io/source.js'
import { bytesOfName } from '../../src/io/tar/name.js'
import { readTar } from '../../src/io/tar/read.js'
import { temporaryFolder } from '../fakes/folder.js'
import { python, requirements, testWith } from '../requires.js'

const pythonTest = testWith([requirements.python])
const runs = process.env.COTERIE_LONG ? 3000 : 120

interface Written {
  readonly tar: string
  /** Names in hexadecimal digits, digests of the bytes. */
  readonly members: readonly (readonly [name: string, digest: string])[]
}

pythonTest('random tars of Python, GNU tar and bsdtar hold the members that Python reads', async (t) => {
  const folder = await temporaryFolder(t)
  const script = new URL('random_tars.py', import.meta.url).pathname
  const output = execFileSync(python, [script, folder, '7', String(runs)], { maxBuffer: 1 << 30 })
  const all = JSON.parse(output.toString()) as readonly Written[]
  t.true(all.length > 0.9 * runs)
  for (const { tar, members } of all) {
    const found: (readonly [string, string])[] = []
    for await (const { name, bytes, link } of readTar(memorySource(tar, await readFile(join(folder, tar)))))
      if (!link) found.push([Buffer.from(bytesOfName(name)).toString('hex'), sha256(bytes as Uint8Array)])
    t.deepEqual(found, members, tar)
  }
})
