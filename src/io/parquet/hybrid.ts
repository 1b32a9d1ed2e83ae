/**
 * Parquet's RLE/bit-packed hybrid: exactly `count` values of `width` bits from `bytes[at, end)`. Runs are cut
 * at what is wanted, so that a forged run length neither loops nor allocates. Throws an `Error` where the
 * runs end too early.
 */
export function readHybrid(
  bytes: Uint8Array,
  at: number,
  end: number,
  width: number,
  count: number,
): Uint8Array | Uint32Array {
  if (width > 32) throw new Error(`values of ${width} bits`)
  const values = width <= 8 ? new Uint8Array(count) : new Uint32Array(count)
  if (width === 0) return values
  const valueBytes = (width + 7) >> 3
  let filled = 0
  while (filled < count) {
    let header = 0
    let scale = 1
    for (let byte = 128; byte & 128; scale *= 128) {
      if (at >= end || scale > 2 ** 28) throw new Error(`runs of ${filled} values where ${count} are due`)
      byte = bytes[at++] as number
      header += (byte & 127) * scale
    }
    if (header % 2 === 1) {
      const groups = (header - 1) / 2
      // Some writers leave out the padding of the last group.
      const there = Math.min(groups * width, end - at)
      const run = Math.min(groups * 8, Math.floor((there * 8) / width), count - filled)
      if (run === 0 && groups > 0) throw new Error(`runs of ${filled} values where ${count} are due`)
      unpack(bytes, at, width, values, filled, run)
      filled += run
      at += there
      continue
    }
    if (at + valueBytes > end) throw new Error(`runs of ${filled} values where ${count} are due`)
    let value = 0
    for (let i = valueBytes - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number)
    at += valueBytes
    const run = Math.min(header / 2, count - filled)
    values.fill(value, filled, filled + run)
    filled += run
  }
  return values
}

function unpack(
  bytes: Uint8Array,
  at: number,
  width: number,
  values: Uint8Array | Uint32Array,
  from: number,
  count: number,
): void {
  if (width > 24) return unpackWide(bytes, at, width, values, from, count)
  const mask = 2 ** width - 1
  let bits = 0
  let held = 0
  for (let i = from; i < from + count; i++) {
    for (; held < width; held += 8) bits |= (bytes[at++] as number) << held
    values[i] = bits & mask
    bits >>>= width
    held -= width
  }
}

/** Up to 39 bits are held at once, which only floating point can. */
function unpackWide(
  bytes: Uint8Array,
  at: number,
  width: number,
  values: Uint8Array | Uint32Array,
  from: number,
  count: number,
): void {
  const limit = 2 ** width
  let bits = 0
  let held = 0
  for (let i = from; i < from + count; i++) {
    for (; held < width; held += 8) bits += (bytes[at++] as number) * 2 ** held
    values[i] = bits % limit
    bits = Math.floor(bits / limit)
    held -= width
  }
}
