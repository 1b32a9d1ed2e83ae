/**
 * Squared Euclidean distance of two vectors of `width` float32 numbers, in float64: four sums side by side,
 * in the order of `squaredDistance` in `src/math/nearest/distance.ts`, so both give the same bits.
 */
export function squaredDistance(a: usize, b: usize, width: i32): f64 {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  const fours = a + ((<usize>(width & ~3)) << 2)
  const end = a + ((<usize>width) << 2)
  for (; a < fours; a += 16, b += 16) {
    low = f64x2.add(low, squares(a, b))
    high = f64x2.add(high, squares(a + 8, b + 8))
  }
  let sum =
    f64x2.extract_lane(low, 0) +
    f64x2.extract_lane(low, 1) +
    (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1))
  for (; a < end; a += 4, b += 4) {
    const difference = <f64>load<f32>(a) - <f64>load<f32>(b)
    sum += difference * difference
  }
  return sum
}

/** Of two numbers from `a` and `b` on. */
function squares(a: usize, b: usize): v128 {
  const difference = f64x2.sub(
    f64x2.promote_low_f32x4(v128.load64_zero(a)),
    f64x2.promote_low_f32x4(v128.load64_zero(b)),
  )
  return f64x2.mul(difference, difference)
}

/**
 * Into `distance` [rows]: from each row of `vectors` [rows, stride], of which `width` numbers count, to the
 * row of `centres` [count, width] that `index` [rows] names; NaN where it names none.
 */
export function distances(
  vectors: usize,
  rows: i32,
  stride: i32,
  width: i32,
  centres: usize,
  count: u32,
  index: usize,
  distance: usize,
): void {
  const bytes = (<usize>width) << 2
  const step = (<usize>stride) << 2
  for (
    const end = distance + ((<usize>rows) << 2);
    distance < end;
    vectors += step, index += 4, distance += 4
  ) {
    const name = load<u32>(index)
    store<f32>(
      distance,
      name < count ? <f32>Math.sqrt(squaredDistance(vectors, centres + <usize>name * bytes, width)) : NaN,
    )
  }
}
