import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Expert } from '../artefacts/bundle.js'
import { expertKey } from '../core/model-key.js'
import { loadTokenizer } from '../math/encoder/tokenizer/load.js'
import { openSession } from '../math/session/open.js'
import type { Session } from '../math/session.js'
import { imageBatch, pixelTensor } from '../math/towers/pixels.js'
import { ensembleError, type EnsembleFolder } from './folder.js'
import { embedTexts, type TextTower } from './text-tower.js'

/** Sessions of a folder's graphs, opened on first use; experts may share a text tower. */
export class Sessions {
  readonly #opened = new Map<string, Promise<Session>>()
  readonly #folder: string
  readonly #threads: number

  constructor(folder: string, threads: number) {
    this.#folder = folder
    this.#threads = threads
  }

  open(model: string, file: string): Promise<Session> {
    const path = join(this.#folder, model, file)
    let session = this.#opened.get(path)
    if (!session) {
      session = openSession(path, { threads: this.#threads, reuse_memory: true })
      this.#opened.set(path, session)
    }
    return session
  }

  async close(): Promise<void> {
    for (const session of this.#opened.values()) await (await session).close()
  }
}

/** One expert of an ensemble folder: its image tower and its text tower. */
export class ExpertModel {
  readonly number: number
  readonly name: string
  readonly #folder: EnsembleFolder
  readonly #bundle: Expert
  readonly #sessions: Sessions
  #tower: Promise<TextTower> | undefined

  constructor(number: number, folder: EnsembleFolder, sessions: Sessions) {
    this.number = number
    this.name = expertKey(number)
    this.#folder = folder
    this.#bundle = folder.bundles.get(this.name)!
    this.#sessions = sessions
  }

  get width(): number {
    return this.#bundle.embedding_width
  }

  get preparation(): Expert['image'] {
    return this.#bundle.image
  }

  /** Unit vectors [texts, width]. */
  async embedTexts(texts: readonly string[]): Promise<Float32Array> {
    const vectors = await embedTexts(await (this.#tower ??= this.#openTower()), texts)
    if (!vectors) throw this.#wrongWidth('another')
    return vectors
  }

  /** Unit vectors [pictures, width] of pictures given as RGB bytes at the size that `preparation` states. */
  async embedPictures(pictures: readonly Uint8Array[]): Promise<Float32Array> {
    const { width } = this
    const session = await this.#sessions.open(this.name, 'image.onnx')
    const vectors = new Float32Array(pictures.length * width)
    for (let start = 0; start < pictures.length; start += imageBatch) {
      const part = pictures.slice(start, start + imageBatch)
      const { image_embedding: out } = await session.run({ pixels: pixelTensor(part, this.preparation) }, [
        'image_embedding',
      ])
      if (out!.dims[1] !== width) throw this.#wrongWidth(String(out!.dims[1]))
      vectors.set((out!.data as Float32Array).subarray(0, part.length * width), start * width)
    }
    return vectors
  }

  async #openTower(): Promise<TextTower> {
    const { path, bundles } = this.#folder
    const { text } = this.#bundle
    const holder = text.bundle ?? this.name
    if (!bundles.has(holder))
      throw ensembleError(
        path,
        `${this.name} has its text tower in ${holder}, which is missing`,
        holder,
        [...bundles.keys()].join(', '),
      )
    const files = {
      place: join(path, holder),
      list: async () => ['tokenizer.json'],
      read: () => readFile(join(path, holder, 'tokenizer.json')),
    }
    return {
      session: await this.#sessions.open(holder, 'text.onnx'),
      tokenizer: await loadTokenizer(files, 'tokenizer.json', { lowercase: text.lowercase }),
      preparation: text,
      width: this.width,
    }
  }

  #wrongWidth(found: string): Error {
    return ensembleError(
      this.#folder.path,
      `${this.name} returns vectors of a different width than it declares`,
      String(this.width),
      found,
    )
  }
}
