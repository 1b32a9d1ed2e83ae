import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { PipelineError } from '../../../../src/core/error.js'
import { type ByteSource, memorySource } from '../../../../src/io/source.js'
import { readTar } from '../../../../src/io/tar/read.js'
import { readWebDataset, splitName } from '../../../../src/io/tar/webdataset.js'
import { tarOf } from '../../../fakes/crawl.js'
import { temporaryFolder } from '../../../fakes/folder.js'
import { python, requirements, testWith } from '../../../requires.js'

const pythonTest = testWith([requirements.python])

/**
 * Gives the bytes in pieces of one size, in a buffer that is used again for each, as a careless source would.
 */
function inPieces(bytes: Uint8Array, size: number): ByteSource {
  return {
    ...memorySource('pieces.tar', bytes),
    async *stream(start = 0) {
      const buffer = Buffer.alloc(size)
      for (let at = start; at < bytes.byteLength; at += size) {
        const piece = bytes.subarray(at, at + size)
        buffer.set(piece)
        yield buffer.subarray(0, piece.byteLength)
      }
    },
  }
}

async function membersOf(source: ByteSource): Promise<{ name: string; offset: number; text: string }[]> {
  const found: { name: string; offset: number; text: string }[] = []
  for await (const { name, offset, bytes, link } of readTar(source))
    if (!link) found.push({ name, offset: offset ?? -1, text: Buffer.from(bytes ?? []).toString('latin1') })
  return found
}

const member = fc.tuple(
  fc.stringMatching(/^[a-z0-9ä日]{1,12}(\/[a-z0-9]{1,60}){0,3}\.[a-z]{1,4}$/),
  fc.uint8Array({ maxLength: 2000 }),
)

test('a written tar is read back, whatever the size of its chunks', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(member, { maxLength: 12 }),
      fc.integer({ min: 1, max: 3000 }),
      async (members, size) => {
        const tar = await tarOf(members)
        const found = await membersOf(inPieces(tar, size))
        t.deepEqual(
          found.map(({ name, text }) => [name, text]),
          members.map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]),
        )
        for (const { offset, text } of found)
          t.is(Buffer.from(tar.subarray(offset, offset + text.length)).toString('latin1'), text)
      },
    ),
    { numRuns: 60, seed: 7 },
  )
})

test('a truncated tar yields its whole members, then says where it ends', async (t) => {
  const tar = await tarOf([
    ['a.txt', 'x'.repeat(700)],
    ['b.txt', 'y'.repeat(20)],
  ])
  const ends = [700 + 512, 512 + 1024 + 512 + 20]
  const afterMembers = [512 + 1024, tar.byteLength - 1024]
  for (let cut = 0; cut < tar.byteLength - 1024; cut += 37) {
    if (afterMembers.includes(cut)) continue
    const source = memorySource('cut.tar', tar.subarray(0, cut))
    let whole = 0
    const error = await t.throwsAsync<PipelineError>(async () => {
      for await (const _ of readTar(source)) whole += 1
    })
    t.is(error.code, 'E_TAR_TRUNCATED')
    t.regex(String(error.place), /cut\.tar at byte \d+/)
    t.is(whole, ends.filter((end) => end <= cut).length, `cut at ${cut}`)
  }
})

test('a flipped bit in a header is refused', async (t) => {
  const tar = await tarOf([['a.txt', 'abc']])
  for (const at of [0, 100, 130, 156, 257]) {
    const damaged = tar.slice()
    damaged[at] = (damaged[at] as number) ^ 4
    t.is(
      (await t.throwsAsync<PipelineError>(membersOf(memorySource('bad.tar', damaged)))).code,
      'E_TAR_CORRUPT',
      `byte ${at}`,
    )
  }
})

const script = `
import io, sys, tarfile
formats = [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]
for name, format in formats:
    with tarfile.open(f"{sys.argv[1]}/{name}.tar", "w", format=format) as tar:
        folder = tarfile.TarInfo("folder"); folder.type = tarfile.DIRTYPE; tar.addfile(folder)
        names = ["folder/short.txt", "d" * 60 + "/" + "e" * 70 + ".txt"]
        if name != "ustar": names += ["f" * 140 + ".txt", "\u65e5\u672c/" + "\u00e4" * 80 + ".txt"]
        for member in names:
            info = tarfile.TarInfo(member); data = member.encode() * 3; info.size = len(data)
            info.mtime = 1.5 if name == "pax" else 1
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.txt"); link.type = tarfile.SYMTYPE; link.linkname = "/etc/passwd"
        tar.addfile(link)
`

pythonTest(
  'tars of every dialect that Python writes are read, with long names, folders and links',
  async (t) => {
    const folder = await temporaryFolder(t)
    execFileSync(python, ['-c', script, folder])
    for (const dialect of ['ustar', 'gnu', 'pax']) {
      const found = await membersOf(memorySource(dialect, await readFile(join(folder, `${dialect}.tar`))))
      t.is(found.length, dialect === 'ustar' ? 2 : 4, dialect)
      for (const { name, text } of found)
        t.is(Buffer.from(text, 'latin1').toString('utf8'), name.repeat(3), dialect)
    }
  },
)

test('consecutive members with the same name up to its first dot are one sample', async (t) => {
  t.deepEqual(splitName('a/b.c/d.seg.PNG'), { key: 'a/b.c/d', extension: 'seg.png' })
  t.is(splitName('README'), undefined)
  t.is(splitName('a/._hidden.jpg'), undefined)
  const tar = await tarOf([
    ['x.jpg', '1'],
    ['x.txt', '2'],
    ['README', '-'],
    ['y.jpg', '3'],
    ['y.jpg', '4'],
    ['../z.txt', '5'],
    ['z\0.txt', '6'],
  ])
  const samples: [string, string[], boolean][] = []
  for await (const { key, members, unsafe } of readWebDataset(inPieces(tar, 100)))
    samples.push([key, [...members.keys()], unsafe !== undefined])
  t.deepEqual(samples.slice(0, 4), [
    ['x', ['jpg', 'txt'], false],
    ['y', ['jpg'], false],
    ['y', ['jpg'], false],
    ['../z', ['txt'], true],
  ])
})
