import test from 'ava'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const fake = (name: string) => fileURLToPath(new URL(`../../../fakes/${name}`, import.meta.url))

/** In a process of its own: whether the native library loads is decided once a process. */
const withoutNative = (runtime: string) =>
  promisify(execFile)(process.execPath, [
    '--import=tsx',
    `--import=${fake('no-native-runtime.mjs')}`,
    fake('session-probe.ts'),
    runtime,
  ])

test('without onnxruntime-node the WebAssembly build runs, with one warning', async (t) => {
  const { stdout, stderr } = await withoutNative('auto')
  t.regex(stdout, /^onnxruntime-web [\d.]+ -2\n$/)
  t.is(stderr.match(/slower WebAssembly build/g)?.length, 1)
})

test('`native` is not replaced silently', async (t) => {
  const { stdout } = await withoutNative('native')
  t.is(stdout, 'E_RUNTIME_MISSING\n')
})
