import { PipelineError } from '../../core/error.js'
import type { Session, SessionOptions } from '../session.js'
import { openNative, tryNative } from './native.js'
import { openWasm } from './wasm.js'

/**
 * Loads an ONNX graph, from bytes or from a path (required if weights are in files next to the graph).
 *
 * Throws `E_MODEL_UNREADABLE` if the runtime rejects the graph, `E_RUNTIME_MISSING` if `native` was requested
 * and cannot be loaded, `E_CUDA_MISSING` if `device: cuda` was requested and its provider cannot be loaded.
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const runtime = options.runtime ?? 'auto'
  if (options.device === 'cuda' && runtime === 'wasm') {
    throw new PipelineError({
      code: 'E_CUDA_MISSING',
      message: 'the WebAssembly runtime does not support CUDA',
      failure: 'manifest',
      hint: 'use `runtime: native` with `device: cuda`, or `device: cpu`',
    })
  }
  if (runtime === 'wasm') return openWasm(model, options)

  const native = await tryNative()
  if (native.loaded) return openNative(native.loaded, model, options)
  if (runtime === 'native' || options.device === 'cuda') {
    throw new PipelineError({
      code: 'E_RUNTIME_MISSING',
      message: `onnxruntime-node cannot be loaded on ${process.platform}-${process.arch}`,
      failure: 'executor',
      found: firstLine(native.reason),
      hint:
        'run `npm install --include=optional`, or use `runtime: wasm`, ' +
        'which runs everywhere and is several times slower',
      cause: native.reason,
    })
  }
  warnOnce(options, native.reason)
  return openWasm(model, options)
}

let warned = false

function warnOnce(options: SessionOptions, reason: unknown): void {
  if (warned) return
  warned = true
  const message =
    'onnxruntime-node cannot be loaded, ' + `so the slower WebAssembly build is used (${firstLine(reason)})`
  if (options.log) options.log.warn({ runtime: 'wasm' }, message)
  else process.emitWarning(message, { code: 'COTERIE_WASM' })
}

function firstLine(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason)).split('\n', 1)[0] ?? ''
}
