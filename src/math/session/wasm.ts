import { readFile } from 'node:fs/promises'
import type { Session, SessionOptions } from '../session.js'
import { extraSettings, unreadable, wrapSession, type Onnxruntime } from './wrap.js'
import { versionOf } from './version.js'

/**
 * Opens the WebAssembly build: no native code, the same bytes on every CPU tested, three to four times
 * slower. Always one thread: its threads would be worker threads with shared memory, and one worker process
 * per core is as fast.
 */
export async function openWasm(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const ort = (await import('onnxruntime-web')) as unknown as Onnxruntime
  if (ort.env?.wasm) {
    ort.env.wasm.numThreads = 1
    ort.env.wasm.proxy = false
  }
  try {
    const bytes = typeof model === 'string' ? await readFile(model) : model
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
      extra: extraSettings,
      executionMode: 'sequential',
      enableCpuMemArena: options.reuse_memory ?? false,
      enableMemPattern: options.reuse_memory ?? false,
      logSeverityLevel: 4,
    })
    return wrapSession(ort, session, versionOf('onnxruntime-web'))
  } catch (error) {
    throw unreadable(model, error)
  }
}
