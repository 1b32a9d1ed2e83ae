import type { Json } from '../../core/json.js'

/** Facts about a shard that are useful before opening it. */
export class ShardStatistics {
  private samples = 0
  private ooc = 0
  /** Samples by the extension of their image. */
  readonly formats = new Map<string, number>()
  private readonly image = new Spread()
  private readonly caption = new Spread()

  add(extension: string, imageBytes: number, captionBytes: number, ooc: boolean): void {
    this.samples += 1
    if (ooc) this.ooc += 1
    this.formats.set(extension, (this.formats.get(extension) ?? 0) + 1)
    this.image.add(imageBytes)
    this.caption.add(captionBytes)
  }

  summary(): Json {
    const { samples, ooc } = this
    return {
      samples,
      own: samples - ooc,
      ooc,
      formats: Object.fromEntries(this.formats),
      image_bytes: this.image.summary(),
      caption_bytes: this.caption.summary(),
    }
  }
}

class Spread {
  private count = 0
  private sum = 0
  private min = Infinity
  private max = 0

  add(value: number): void {
    this.count += 1
    this.sum += value
    this.min = Math.min(this.min, value)
    this.max = Math.max(this.max, value)
  }

  summary(): Json {
    return { min: this.min, mean: Math.round(this.sum / this.count), max: this.max, total: this.sum }
  }
}
