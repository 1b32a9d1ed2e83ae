import { floatToHalf } from '../../core/half.js'
import { encodeNpy, openNpy } from '../../io/npy.js'
import type { Moments, Pairs } from '../../math/ridge/moments.js'
import type { ImagePreparation } from '../../math/towers/pixels.js'
import type { Artefact, Output } from '../define.js'
import type { TextPreparation } from './text-source.js'

/**
 * What the task `features` leaves for those that fit models: `features.npy` [rows, width], standardised;
 * `targets.npy` [rows, target_width], whitened unit vectors, both float16; second moments of the fitting rows
 * and of all rows; `rows.json`; `trunk.onnx`, `text.onnx`, `tokenizer.json`.
 */
export interface FeatureSet extends Pairs {
  readonly rows: number
  readonly about: FeatureSetAbout
  /** Moments of the rows that are not held back for validation, and of all. */
  readonly fitting: Moments
  readonly all: Moments
  file(name: 'trunk.onnx' | 'text.onnx' | 'tokenizer.json'): Promise<Uint8Array>
}

/** `rows.json` */
export interface FeatureSetAbout {
  readonly width: number
  readonly target_width: number
  /** Expert of every row; -1 where only out-of-cluster copies were read. */
  readonly home: readonly number[]
  /** Rows that are held back for choosing. */
  readonly validation: readonly number[]
  /** By expert: rows of others that it also sees. */
  readonly out_of_cluster: readonly (readonly number[])[]
  /** Rows with the same caption have the same number. */
  readonly caption: readonly number[]
  readonly image: ImagePreparation
  readonly text: TextPreparation
  readonly text_about: string
  /** SHA-256 over the keys in order. */
  readonly keys_sha256: string
}

export async function writeFeatureSet(
  out: Output,
  pairs: Pairs,
  about: FeatureSetAbout,
  moments: { readonly fitting: Moments; readonly all: Moments },
  files: { readonly [name: string]: Uint8Array },
): Promise<void> {
  const rows = about.home.length
  const { width, target_width } = about
  await out.put('features.npy', encodeNpy(floatToHalf(pairs.features), [rows, width]), rows)
  await out.put('targets.npy', encodeNpy(floatToHalf(pairs.targets), [rows, target_width]), rows)
  for (const [name, { gram, cross }] of Object.entries(moments)) {
    await out.put(`${name}-gram.npy`, encodeNpy(Float32Array.from(gram), [width, width]))
    await out.put(`${name}-cross.npy`, encodeNpy(Float32Array.from(cross), [width, target_width]))
  }
  for (const [name, bytes] of Object.entries(files)) await out.put(name, bytes)
  await out.put('rows.json', JSON.stringify(about))
}

export async function readFeatureSet(artefact: Artefact): Promise<FeatureSet> {
  const whole = async (name: string) => {
    const source = await artefact.open(name)
    return source.read(0, source.size)
  }
  const array = async (name: string) => {
    const file = await openNpy(await artefact.open(name))
    return file.readRows(0, file.shape[0]!)
  }
  const about = JSON.parse(Buffer.from(await whole('rows.json')).toString('utf8')) as FeatureSetAbout
  const rows = about.home.length
  const moments = async (name: string, count: number): Promise<Moments> => ({
    rows: count,
    features: about.width,
    targets: about.target_width,
    gram: Float64Array.from(await array(`${name}-gram.npy`)),
    cross: Float64Array.from(await array(`${name}-cross.npy`)),
  })
  return {
    rows,
    about,
    features: await array('features.npy'),
    width: about.width,
    targets: await array('targets.npy'),
    target_width: about.target_width,
    fitting: await moments('fitting', rows - about.validation.length),
    all: await moments('all', rows),
    file: whole,
  }
}
