import { readFeatureRows, writeFeatureRows, type FeatureRows } from '../../artefacts/feature-rows.js'
import { floatToHalf } from '../../core/half.js'
import { encodeNpy, openNpy } from '../../io/npy.js'
import { readFileOf } from '../../io/read-whole.js'
import type { Moments, Pairs } from '../../math/ridge/moments.js'
import type { Artefact, Output } from '../define.js'

/**
 * Output of the task `features` for the tasks that fit models: `features.npy` [rows, width], standardised;
 * `targets.npy` [rows, target_width], whitened unit vectors, both float16; second moments of the fitting rows
 * and of all rows; `rows.json`; `trunk.onnx`, `text.onnx`, `tokenizer.json`.
 */
export interface FeatureSet extends Pairs {
  readonly rows: number
  readonly about: FeatureRows
  /** Moments of the rows outside the validation split, and of all rows. */
  readonly fitting: Moments
  readonly all: Moments
  file(name: 'trunk.onnx' | 'text.onnx' | 'tokenizer.json'): Promise<Uint8Array>
}

export async function writeFeatureSet(
  out: Output,
  pairs: Pairs,
  about: FeatureRows,
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
  await writeFeatureRows(out, about)
}

export async function readFeatureSet(artefact: Artefact): Promise<FeatureSet> {
  const array = async (name: string) => {
    const file = await openNpy(await artefact.open(name))
    return file.readRows(0, file.shape[0]!)
  }
  const about = await readFeatureRows(artefact)
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
    file: (name) => readFileOf(artefact, name),
  }
}
