type Floats = Float32Array | Float64Array

/** Concatenates typed arrays into a new one of their type. */
export function concatenate<A extends Floats>(kind: new (length: number) => A, parts: readonly A[]): A {
  const whole = new kind(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
