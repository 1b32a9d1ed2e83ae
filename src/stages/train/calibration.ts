import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PipelineError } from '../../core/error.js'
import { packagePath } from '../../core/package-path.js'

/**
 * Speed of machines: the file that `train.calibration` names, in the format of the shipped
 * `profiles/calibration.json`. Prices are in the profile.
 */
export interface Calibration {
  readonly cuda: MachineCalibration
  readonly cpu: MachineCalibration
  readonly models: {
    readonly [model: string]: {
      readonly gigaflops?: number | undefined
      readonly samples_per_second?:
        | { readonly cuda?: number | undefined; readonly cpu?: number | undefined }
        | undefined
    }
  }
}

interface MachineCalibration {
  /**
   * Reached in training, not the datasheet's peak: 10¹² floating-point operations per second, of one GPU or
   * of one process on a CPU.
   */
  readonly teraflops: number
}

/** Files of earlier versions may have a price, or null for none. */
type Earlier = Partial<MachineCalibration> & { readonly price_per_hour?: unknown }

const read = new Map<string, Calibration>()

export function readCalibration(path = packagePath('profiles/calibration.json')): Calibration {
  let found = read.get(path)
  if (!found) {
    found = parse(path)
    read.set(path, found)
  }
  return found
}

function parse(path: string): Calibration {
  const wrong = (found: string, hint?: string) =>
    new PipelineError({
      code: 'E_CALIBRATION',
      failure: 'manifest',
      message: 'the calibration file cannot be used',
      place: path,
      expected:
        '{"cuda": {"teraflops": 90}, "cpu": {"teraflops": 0.02}, "models": {"ViT-B-32": {"gigaflops": ' +
        '14.78}}}',
      found,
      hint,
    })
  let value: Calibration
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as Calibration
  } catch (error) {
    throw wrong((error as Error).message)
  }
  for (const device of ['cuda', 'cpu'] as const) {
    const { teraflops, price_per_hour } = (value[device] ?? {}) as Earlier
    if (!(typeof teraflops === 'number' && teraflops > 0))
      throw wrong(`${device}.teraflops ${String(teraflops)}`)
    if (typeof price_per_hour === 'number')
      throw wrong(
        `${device}.price_per_hour ${price_per_hour}`,
        `remove it: prices are in the profile, prices: { gpu_hour: ${price_per_hour} }`,
      )
  }
  if (typeof value.models !== 'object' || value.models === null) throw wrong('no models')
  return value
}

/**
 * Samples per second of one GPU (or CPU process): measured if known, else estimated: a backward pass costs
 * two forward passes.
 */
export function speedOf(calibration: Calibration, device: 'cuda' | 'cpu', model: string): number {
  const { teraflops } = calibration[device]
  const known = calibration.models[model] ?? calibration.models[basename(model)]
  const measured = known?.samples_per_second?.[device]
  const gigaflops =
    known?.gigaflops ??
    (model.includes('/') ? gigaflopsOfConfig(model) : undefined) ??
    calibration.models['ViT-B-32']?.gigaflops ??
    14.78
  return measured ?? (teraflops * 1000) / (3 * gigaflops)
}

interface Tower {
  readonly layers?: number
  readonly width?: number
  readonly image_size?: number
  readonly patch_size?: number
  readonly context_length?: number
}

/**
 * For one forward pass of both transformers of a config folder: 24·L·W²·T for the weights and 4·L·W·T² for
 * attention.
 */
function gigaflopsOfConfig(folder: string): number | undefined {
  try {
    const file = JSON.parse(readFileSync(join(folder, 'open_clip_config.json'), 'utf8')) as {
      model_cfg: { vision_cfg: Tower; text_cfg: Tower }
    }
    const of = ({ layers = 12, width = 512 }: Tower, tokens: number) =>
      layers * (24 * width ** 2 * tokens + 4 * width * tokens ** 2)
    const { vision_cfg: vision, text_cfg: text } = file.model_cfg
    const patches = ((vision.image_size ?? 224) / (vision.patch_size ?? 32)) ** 2 + 1
    return (of(vision, patches) + of(text, text.context_length ?? 77)) / 1e9
  } catch {
    return undefined
  }
}
