/** IEEE 754 binary16 conversion: Node 20 has no Float16Array. */

const word = new Float32Array(1)
const bits = new Uint32Array(word.buffer)

/** Rounds to nearest, ties to even; overflow becomes infinity, NaN stays NaN. */
export function floatToHalf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) {
    word[0] = values[i] as number
    halves[i] = toHalf(bits[0] as number)
  }
  return halves
}

/** Converts into `values` (of the same length), or a new array. */
export function halfToFloat(
  halves: Uint16Array,
  values: Float32Array = new Float32Array(halves.length),
): Float32Array {
  const out = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < halves.length; i++) out[i] = widened[halves[i] as number] as number
  return values
}

function toHalf(x: number): number {
  const sign = (x >>> 16) & 0x8000
  const exponent = (x >>> 23) & 0xff
  const mantissa = x & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200)
  const scaled = exponent - 112
  if (scaled >= 0x1f) return sign | 0x7c00
  if (scaled <= 0) {
    if (scaled < -10) return sign
    const full = mantissa | 0x800000
    const shift = 14 - scaled
    return sign | roundedShift(full, shift)
  }
  // A carry out of the mantissa increments the exponent, as rounding up requires.
  return sign | (((scaled << 10) | 0) + roundedShift(mantissa, 13))
}

function roundedShift(value: number, shift: number): number {
  const kept = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept
}

/** All 65,536 values as float32 bits. */
const widened = new Uint32Array(65536).map((_, half) => {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const mantissa = half & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0
  word[0] = mantissa * 2 ** -24
  return (sign | (bits[0] as number)) >>> 0
})
