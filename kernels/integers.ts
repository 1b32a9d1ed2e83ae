import { squaredDistance } from './distance'

/**
 * `vectors` [rows, width] to `quantised` [rows, packed] in uint8 around `zero`, as `src/math/nearest/int8.ts`
 * describes: components by a step of the row's own, then the row's multiple in every dimension of the bias.
 * `room` over the largest component is how many times the step fits the bias's; `most` bounds both.
 */
export function quantise(
  vectors: usize,
  rows: i32,
  width: i32,
  quantised: usize,
  packed: i32,
  room: f32,
  perMultiple: f32,
  most: f32,
  zero: i32,
): void {
  const bytes = (<usize>width) << 2
  for (let row = 0; row < rows; row++, vectors += bytes, quantised += packed) {
    const largest = max(largestOf(vectors, width), <f32>1e-30)
    const multiple = min(max(floor(room / largest), <f32>1), most)
    const perStep = min(multiple * perMultiple, most / largest)
    quantiseRow(vectors, width, quantised, perStep, zero)
    for (let at = width; at < packed; at++) store<u8>(quantised + at, <u8>(<i32>multiple + zero))
  }
}

function largestOf(vector: usize, width: i32): f32 {
  const fours = vector + ((<usize>(width & ~3)) << 2)
  const end = vector + ((<usize>width) << 2)
  let four = f32x4.splat(0)
  for (; vector < fours; vector += 16) four = f32x4.pmax(four, f32x4.abs(v128.load(vector)))
  let largest = max(
    max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  )
  for (; vector < end; vector += 4) largest = max(largest, abs(load<f32>(vector)))
  return largest
}

function quantiseRow(vector: usize, width: i32, into: usize, perStep: f32, zero: i32): void {
  const sixteens = vector + ((<usize>(width & ~15)) << 2)
  const end = vector + ((<usize>width) << 2)
  const scale = f32x4.splat(perStep)
  const centre = i32x4.splat(zero)
  for (; vector < sixteens; vector += 64, into += 16) {
    const low = i16x8.narrow_i32x4_s(steps(vector, scale, centre), steps(vector + 16, scale, centre))
    const high = i16x8.narrow_i32x4_s(steps(vector + 32, scale, centre), steps(vector + 48, scale, centre))
    v128.store(into, i8x16.narrow_i16x8_u(low, high))
  }
  for (; vector < end; vector += 4, into++)
    store<u8>(into, <u8>(<i32>nearest(load<f32>(vector) * perStep) + zero))
}

function steps(vector: usize, scale: v128, centre: v128): v128 {
  return i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(vector), scale))), centre)
}

/**
 * The nearest of up to `keep` candidates of each row by their distance in float64; among equals the lowest.
 * `scores` and `candidates` [rows, keep], best first; one counts if its score is at most the row's margin
 * below the best and above `lowest`, the score of an empty place. `margins` by the multiple at the end of a
 * quantised row. Fills `index`, `score` (half the squared distance, negative) and `distance` [rows].
 */
export function refine(
  vectors: usize,
  rows: i32,
  width: i32,
  centres: usize,
  quantised: usize,
  packed: i32,
  zero: i32,
  keep: i32,
  scores: usize,
  candidates: usize,
  lowest: i32,
  margins: usize,
  index: usize,
  score: usize,
  distance: usize,
): void {
  const bytes = (<usize>width) << 2
  const held = (<usize>keep) << 2
  for (
    let row = 0;
    row < rows;
    row++,
      vectors += bytes,
      quantised += packed,
      scores += held,
      candidates += held,
      index += 4,
      score += 4,
      distance += 4
  ) {
    const multiple = <i32>load<u8>(quantised + packed - 1) - zero
    const enough = <f64>load<i32>(scores) - load<f64>(margins + ((<usize>multiple) << 3))
    let nearest = load<u32>(candidates)
    let least = squaredDistance(vectors, centres + <usize>nearest * bytes, width)
    for (let at: usize = 4; at < held; at += 4) {
      const bound = load<i32>(scores + at)
      if (bound === lowest || <f64>bound < enough) break
      const other = load<u32>(candidates + at)
      const squared = squaredDistance(vectors, centres + <usize>other * bytes, width)
      if (squared > least || (squared === least && other > nearest)) continue
      nearest = other
      least = squared
    }
    store<u32>(index, nearest)
    store<f32>(score, <f32>(-least / 2))
    store<f32>(distance, <f32>Math.sqrt(least))
  }
}
