import { PipelineError } from '../../core/error.js'
import { findPackage, importPackage } from '../../core/optional-package.js'
import type { Session, SessionOptions } from '../session.js'
import { extraSettings, wrapSession, type Onnxruntime, unreadable } from './wrap.js'
import { versionOf } from './version.js'

/** Loading is tried once per process: a native library that failed would fail again. */
let attempt: Promise<{ loaded?: Onnxruntime; reason?: unknown }> | undefined

export function tryNative(): Promise<{ loaded?: Onnxruntime; reason?: unknown }> {
  attempt ??= load().then(
    (loaded) => ({ loaded }),
    (reason: unknown) => ({ reason }),
  )
  return attempt
}

async function load(): Promise<Onnxruntime> {
  const installed = findPackage('onnxruntime-node')
  if (!installed) throw new Error('onnxruntime-node is not installed')
  return importPackage<Onnxruntime>(installed)
}

export async function openNative(
  ort: Onnxruntime,
  model: Uint8Array | string,
  options: SessionOptions,
): Promise<Session> {
  const cuda = options.device === 'cuda'
  const settings = {
    executionProviders: cuda ? ['cuda', 'cpu'] : ['cpu'],
    graphOptimizationLevel: 'all' as const,
    extra: extraSettings,
    executionMode: 'sequential' as const,
    // Default pools set affinities and oversubscribe in containers (onnxruntime#8313), so both numbers are
    // always set.
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    enableCpuMemArena: options.reuse_memory ?? false,
    enableMemPattern: options.reuse_memory ?? false,
    logSeverityLevel: 4 as const,
  }
  try {
    // Otherwise it would print messages in colour before the error that is thrown.
    if (ort.env) ort.env.logLevel = 'fatal'
    const session = await ort.InferenceSession.create(model, settings)
    return wrapSession(ort, session, versionOf('onnxruntime-node'))
  } catch (error) {
    if (cuda && /cuda|cudnn|cublas|provider/i.test(error instanceof Error ? error.message : ''))
      throw cudaMissing(error)
    throw unreadable(model, error)
  }
}

function cudaMissing(cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_CUDA_MISSING',
    message: "onnxruntime's CUDA provider cannot be loaded",
    failure: 'executor',
    found: cause instanceof Error ? cause.message.split('\n', 1)[0] : undefined,
    hint:
      'it needs Linux x64, an NVIDIA driver, CUDA 12 and cuDNN 9, and the provider libraries: ' +
      'run `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts`; ' +
      'or use `device: cpu`',
    cause,
  })
}
