import test, { type ExecutionContext } from 'ava'
import { PipelineError } from '../../src/core/error.js'
import { identify } from '../../src/io/inputs/identity.js'
import { listInputs } from '../../src/io/inputs/list.js'
import { openIdentified } from '../../src/io/inputs/open-identified.js'
import { backendOf, locate } from '../../src/io/store/backends.js'
import { openStore, openUri } from '../../src/io/store/open.js'
import type { BackendHarness } from './harnesses.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)

async function put({ uri, settings }: BackendHarness, key: string, text: string): Promise<void> {
  const store = await openStore(uri, settings)
  await store.replace(key, bytesOf(text), (await store.stat(key))?.version)
}

/** What every backend promises about the files that a run reads; one without this suite is not done. */
export function describeSource(scheme: string, make: (t: ExecutionContext) => Promise<BackendHarness>): void {
  const check = (title: string, run: (t: ExecutionContext, harness: BackendHarness) => Promise<void>) =>
    test(`${scheme} as a source: ${title}`, async (t) => run(t, await make(t)))

  const refusal = async (t: ExecutionContext, promise: Promise<unknown>) =>
    PipelineError.from(await t.throwsAsync(promise))

  check('a URI is served by its row, and what is none is E_BAD_URI', async (t, { uri }) => {
    t.is(backendOf(uri).scheme, scheme)
    t.true(uri.endsWith(locate(`${uri}/a/b`).key.replace(/\/a\/b$/, '')))
    t.is(backendOf(uri).complete(uri, '/elsewhere'), uri)
    t.throws(() => locate('no-such-scheme://bucket/key'), { code: 'E_BAD_URI' })
    t.throws(() => locate(backendOf(uri).local ? '' : `${scheme}://`), { code: 'E_BAD_URI' })
  })

  check('bytes by range and as a stream, cut at the end', async (t, harness) => {
    await put(harness, 'a.tar', '0123456789')
    const source = await openUri(`${harness.uri}/a.tar`, harness.settings)
    t.is(source.size, 10)
    t.is(Buffer.from(await source.read(2, 5)).toString(), '234')
    t.is(Buffer.from(await source.read(8, 99)).toString(), '89')
    const pieces: Uint8Array[] = []
    for await (const piece of source.stream(7)) pieces.push(piece)
    t.is(Buffer.concat(pieces).toString(), '789')
    t.is((await refusal(t, openUri(`${harness.uri}/b.tar`, harness.settings))).code, 'E_NOT_FOUND')
  })

  check('a file that is replaced while it is open is E_CHANGED', async (t, harness) => {
    await put(harness, 'a.tar', 'before')
    const source = await openUri(`${harness.uri}/a.tar`, harness.settings)
    await put(harness, 'a.tar', 'behind')
    t.is((await refusal(t, source.read(0, 6))).code, 'E_CHANGED')
  })

  check('folders, globs, braces and lists name the same files, in order', async (t, harness) => {
    for (const name of ['b/10.tar', 'b/2.tar', 'b/c/1.tar', 'b/_SUCCESS', 'b/notes.md'])
      await put(harness, name, name)
    await put(harness, 'list.txt', 'b/2.tar\n# a comment\nb/10.tar\n')
    const names = async (pattern: string) =>
      (await listInputs({ uri: `${harness.uri}/${pattern}` }, harness.settings)).map(({ uri }) =>
        uri.slice(harness.uri.length + 1),
      )
    t.deepEqual(await names('b'), ['b/10.tar', 'b/2.tar', 'b/c/1.tar'])
    t.deepEqual(await names('b/'), ['b/10.tar', 'b/2.tar', 'b/c/1.tar'])
    t.deepEqual(await names('b/*.tar'), ['b/10.tar', 'b/2.tar'])
    t.deepEqual(await names('**/1.tar'), ['b/c/1.tar'])
    t.deepEqual(await names('b/{2,10}.tar'), ['b/10.tar', 'b/2.tar'])
    t.deepEqual(await names('list.txt'), ['b/10.tar', 'b/2.tar'])
  })

  check('what is missing is named with its neighbours', async (t, harness) => {
    await put(harness, 'b/1.tar', 'x')
    const missing = await refusal(t, listInputs({ uri: `${harness.uri}/b/{1..2}.tar` }, harness.settings))
    t.is(missing.code, 'E_INPUT_MISSING')
    t.regex(missing.hint ?? '', /b\/1\.tar/)
    const none = await refusal(t, listInputs({ uri: `${harness.uri}/b/*.pq` }, harness.settings))
    t.is(none.code, 'E_INPUT_MISSING')
  })

  check(
    'an identity is of the bytes, not of the name, and opens what it was taken of',
    async (t, harness) => {
      await put(harness, 'a.tar', 'some bytes')
      const [file] = await listInputs({ uri: `${harness.uri}/a.tar` }, harness.settings)
      t.truthy(file)
      if (!file) return
      const identity = await identify(file)
      t.false(identity.includes('a.tar'))
      const source = await openIdentified({ ...file, identity }, harness.settings)
      t.is(Buffer.from(await source.read(0, file.size)).toString(), 'some bytes')
      await put(harness, 'a.tar', 'same size!')
      const [later] = await listInputs({ uri: `${harness.uri}/a.tar` }, harness.settings)
      t.not(later && (await identify(later)), identity)
      // Local files are held against their digest by whoever streams them.
      if (backendOf(file.uri).local) return
      const stale = await openIdentified({ ...file, identity }, harness.settings)
      t.is((await refusal(t, stale.read(0, file.size))).code, 'E_CHANGED')
    },
  )
}
