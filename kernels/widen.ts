/**
 * Rows of `width` numbers that lie at the end of `block` [rows, width + 1], one after the other, each to its
 * place there with a 1 behind it: a product with rows of a centre and its bias then adds the bias.
 */
export function widen(block: usize, rows: i32, width: i32): void {
  let from = block + ((<usize>rows) << 2)
  for (let row = 0; row < rows; row++) {
    // A row moves towards the beginning, at most by as many numbers as there are rows: what is overwritten
    // has been read.
    const sixteens = from + ((<usize>(width & ~15)) << 2)
    const end = from + ((<usize>width) << 2)
    for (; from < sixteens; from += 64, block += 64) {
      const a = v128.load(from)
      const b = v128.load(from, 16)
      const c = v128.load(from, 32)
      const d = v128.load(from, 48)
      v128.store(block, a)
      v128.store(block, b, 16)
      v128.store(block, c, 32)
      v128.store(block, d, 48)
    }
    for (; from < end; from += 4, block += 4) store<f32>(block, load<f32>(from))
    store<f32>(block, 1)
    block += 4
  }
}
