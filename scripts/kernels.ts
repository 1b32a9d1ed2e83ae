import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'

/** Compiles `kernels/` to WebAssembly. Returns the text of its module, the same on every machine. */
export async function compiledKernels(root: string): Promise<string> {
  let binary: Uint8Array | undefined
  const { error, stderr } = await main(
    [
      'kernels/nearest.ts',
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--enable',
      'simd',
    ],
    {
      readFile: (name) => readFile(join(root, name), 'utf8').catch(() => null),
      writeFile: (_name, contents) => void (binary = contents as Uint8Array),
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new Error(`kernels/ does not compile:\n${stderr.toString()}`)
  const lines =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,100}/g) ?? []
  return (
    `/** Generated from \`kernels/\` by \`npm run gen\`: a WebAssembly module. */\n` +
    `export const code =\n  ${lines.map((line) => `'${line}'`).join(' +\n  ')}\n`
  )
}
