import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { ByteWriter, type ColumnSource, parquetWrite } from 'hyparquet-writer'
import { decodeSamples, type Samples } from '../../src/io/tables/samples.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { temporaryFolder } from '../fakes/folder.js'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What `run --json` prints of the first stage. */
export interface Ingested {
  readonly rows: number
  readonly dropped: { readonly [reason: string]: number }
  readonly skipped: { readonly [reason: string]: number }
  readonly remarks: { readonly [name: string]: number }
  readonly warnings: readonly string[]
}

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

/** An empty folder with a command line in it. */
export class Place {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async make(t: ExecutionContext): Promise<Place> {
    return new Place(await temporaryFolder(t))
  }

  async write(name: string, content: Uint8Array | string): Promise<string> {
    const path = join(this.folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    return path
  }

  /** Writes `m.yaml`, or another manifest, with this input. */
  async manifest(input: string, name = 'm.yaml', rest = ''): Promise<void> {
    await this.write(
      name,
      `name: situation
pipeline: mode
input: ${input}
store: store
stages:
  cluster: { fine: 4, experts: 2, max_cluster_ratio: null }
  write: { ooc_ratio: 0, workers: 1 }
${rest}`,
    )
  }

  coterie(...args: string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const env = { ...process.env, COTERIE_CACHE: join(this.folder, '.cache') }
      execFile(process.execPath, [main, ...args], { cwd: this.folder, env }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
      )
    })
  }

  /** Runs up to `ingest`, which must end well. */
  async ingest(t: ExecutionContext, ...flags: string[]): Promise<Ingested> {
    const { code, out, err } = await this.coterie('run', 'm.yaml', '--until', 'ingest', '--json', ...flags)
    t.is(code, 0, err + out)
    const { stages, skipped_inputs, warnings } = JSON.parse(out) as {
      stages: { rows_out: number; dropped: Ingested['dropped']; remarks: Ingested['remarks'] }[]
      skipped_inputs: { reason: string; files: number }[]
      warnings: string[]
    }
    return {
      rows: stages[0]?.rows_out ?? 0,
      dropped: stages[0]?.dropped ?? {},
      remarks: stages[0]?.remarks ?? {},
      skipped: Object.fromEntries(skipped_inputs.map(({ reason, files }) => [reason, files])),
      warnings,
    }
  }

  /** The code, place and other words of the error that ends this command. */
  async refusal(
    ...args: string[]
  ): Promise<Outcome & { readonly error: { readonly [member: string]: string } }> {
    const outcome = await this.coterie(...args, '--json')
    const { error = {} } = JSON.parse(outcome.out) as { error?: { [member: string]: string } }
    return { ...outcome, error }
  }

  /** Paths of the files below a folder whose names match. */
  async files(folder: string, names: RegExp): Promise<string[]> {
    const all = await readdir(join(this.folder, folder), { recursive: true })
    return all.filter((name) => names.test(name)).map((name) => join(this.folder, folder, name))
  }

  /** Everything that was ingested, in the order of captions. */
  async samples(): Promise<{ caption: string; metadata: { readonly [field: string]: unknown } }[]> {
    const data = join(this.folder, 'store/ingest/data')
    const all: Samples[] = []
    for (const name of await readdir(data))
      all.push(decodeSamples(await readFile(join(data, name, 'samples.arrow'))))
    return all
      .flatMap(({ caption, metadata }) =>
        Array.from({ length: caption.length }, (_, i) => ({
          caption: String(caption[i]),
          metadata: JSON.parse(String(metadata[i] ?? '{}')) as { [field: string]: unknown },
        })),
      )
      .sort((a, b) => (a.caption < b.caption ? -1 : 1))
  }
}

/** Members of `n` pairs as WebDataset has them. */
export async function pairs(n: number, start = 0): Promise<[string, Uint8Array | string][]> {
  const members: [string, Uint8Array | string][] = []
  for (let i = start; i < start + n; i++) {
    const key = String(i).padStart(5, '0')
    members.push([`${key}.png`, await picture(i)], [`${key}.txt`, captionOf(i)])
  }
  return members
}

const things = ['dog', 'cat', 'car', 'tree', 'house', 'bird', 'cup', 'boat']
export const captionOf = (i: number) => `a photo of a ${things[i % things.length]} with number ${i}`

export async function crawlTar(n: number, start = 0): Promise<Uint8Array> {
  return tarOf(await pairs(n, start))
}

export function parquetOf(columnData: ColumnSource[]): Uint8Array {
  const writer = new ByteWriter()
  void parquetWrite({ writer, columnData })
  return new Uint8Array(writer.getBuffer())
}

export async function crawlParquet(n: number, start = 0, more: ColumnSource[] = []): Promise<Uint8Array> {
  const rows = Array.from({ length: n }, (_, i) => start + i)
  return parquetOf([
    { name: 'caption', data: rows.map(captionOf), type: 'STRING' },
    { name: 'image', data: await Promise.all(rows.map((i) => picture(i))), type: 'BYTE_ARRAY' },
    ...more,
  ])
}
