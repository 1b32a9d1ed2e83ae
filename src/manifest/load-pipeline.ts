import { dirname, join } from 'node:path'
import { diagnose, type Diagnostic } from './yaml/diagnose.js'
import { didYouMean } from './check/hint.js'
import { isShippedName, shippedFile, shippedNames, shownPath } from './shipped.js'
import { type ReadPipeline, readPipeline } from './pipeline.js'
import { readYamlFile } from './yaml/read-file.js'
import type { SourceRange } from './yaml/source.js'
import { type LoadPlugins, pluginsNamed } from './plugins-member.js'

export interface LoadedPipeline {
  /** Undefined if the file could not be read; `diagnostics` then has the reason, at the pipeline's name. */
  readonly pipeline: ReadPipeline | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** `stagesWith` gets the plugins that the pipeline names, and returns every stage that it may use. */
export async function loadPipeline(
  value: string,
  at: SourceRange,
  folder: string,
  stagesWith: LoadPlugins,
): Promise<LoadedPipeline> {
  const shipped = isShippedName(value)
  const path = shipped ? shippedFile('pipelines', value) : join(folder, value)
  const { root, diagnostics } = await readYamlFile(path, shownPath(path))
  if (diagnostics.some(({ code }) => code === 'E_FILE_MISSING')) {
    const hint = shipped
      ? didYouMean(value, await shippedNames('pipelines'))
      : 'paths are relative to the manifest'
    return {
      pipeline: undefined,
      diagnostics: [
        diagnose(at, { code: 'E_UNKNOWN_PIPELINE', message: `there is no pipeline \`${value}\``, hint }),
      ],
    }
  }
  if (root.kind === 'refused') return { pipeline: undefined, diagnostics }
  const pipeline = readPipeline(root, await stagesWith(pluginsNamed(root, dirname(path))), folder)
  return { pipeline, diagnostics: [...diagnostics, ...pipeline.diagnostics] }
}
