import { code } from './code.js'

/** Of the DOM's types, which a package for Node does not load. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: object } },
  ) => { readonly exports: object }
}

/** What `kernels/` exports; arrays are given by their byte offset in the workspace. */
interface Exports {
  distances(
    vectors: number,
    rows: number,
    stride: number,
    width: number,
    centres: number,
    count: number,
    index: number,
    distance: number,
  ): void
  widen(block: number, rows: number, width: number): void
  quantise(
    vectors: number,
    rows: number,
    width: number,
    quantised: number,
    packed: number,
    room: number,
    per_multiple: number,
    most: number,
    zero: number,
  ): void
  refine(
    vectors: number,
    rows: number,
    width: number,
    centres: number,
    quantised: number,
    packed: number,
    zero: number,
    keep: number,
    scores: number,
    candidates: number,
    lowest: number,
    margins: number,
    index: number,
    score: number,
    distance: number,
  ): void
}

type View = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array
interface ViewKind {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer, offset: number | undefined, length: number): View
}
type Layout = { readonly [name: string]: readonly [kind: ViewKind, length: number] }

/**
 * Arrays in one memory, and the functions that work on them. onnxruntime takes them as inputs without a copy.
 */
export interface Workspace<L extends Layout> {
  readonly kernels: Exports
  readonly arrays: { readonly [Name in keyof L]: InstanceType<L[Name][0]> }
  /** Byte offsets of the arrays, for the functions. */
  readonly at: { readonly [Name in keyof L]: number }
}

/** Vector units take 16 bytes at once, caches 64. */
const alignment = 64
const pageBytes = 65536

let compiled: object | undefined

/** Of this thread alone; garbage once nothing holds it. */
export function openWorkspace<const L extends Layout>(layout: L): Workspace<L> {
  const at: { [name: string]: number } = {}
  let bytes = 0
  for (const [name, [kind, length]] of Object.entries(layout)) {
    at[name] = bytes
    bytes += alignment * Math.ceil((kind.BYTES_PER_ELEMENT * length) / alignment)
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) })
  compiled ??= new WebAssembly.Module(Buffer.from(code, 'base64'))
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const arrays = Object.fromEntries(
    Object.entries(layout).map(([name, [kind, length]]) => [name, new kind(memory.buffer, at[name], length)]),
  )
  return {
    kernels: exports as Exports,
    arrays: arrays as Workspace<L>['arrays'],
    at: at as Workspace<L>['at'],
  }
}
