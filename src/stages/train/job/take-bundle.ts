import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readExpert } from '../../../artefacts/bundle.js'
import { trainingCostName } from '../../../artefacts/training-cost.js'
import { PipelineError } from '../../../core/error.js'
import { byCodeUnit } from '../../../core/json.js'
import { fileSource } from '../../../io/store/local/source.js'
import { openSession } from '../../../math/session/open.js'
import type { TaskContext } from '../../define.js'

const required = ['expert.json', 'image.onnx', 'text.onnx', 'tokenizer.json', 'metrics.json']

/** Checks the bundle that a trainer wrote, and publishes it as the task's artefact. */
export async function takeBundle(
  folder: string,
  { key, out }: Pick<TaskContext<unknown>, 'key' | 'out'>,
): Promise<void> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort(byCodeUnit)
  const invalid = (message: string, expected: string, found: string) =>
    new PipelineError({
      code: 'E_BUNDLE',
      message,
      place: folder,
      expected,
      found,
      hint: 'docs/guides/trainer.md lists the files of a bundle',
    })
  const missing = required.filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw invalid(
      `the trainer wrote no complete bundle for ${key}`,
      required.join(', '),
      names.join(', ') || 'nothing',
    )
  const expert = await readExpert({ open: (name) => fileSource(join(folder, name)) }).catch((cause) => {
    const { message, expected = '', found = '' } = PipelineError.from(cause)
    throw invalid(`expert.json cannot be used: ${message}`, expected, found)
  })
  if (expert.model !== key) throw invalid('the bundle belongs to another model', key, expert.model)
  await requirePorts(folder, 'image.onnx', ['pixels'], 'image_embedding', invalid)
  await requirePorts(folder, 'text.onnx', ['input_ids', 'attention_mask'], 'text_embedding', invalid)
  for (const name of names.filter((each) => each !== trainingCostName)) {
    const file = await out.create(name)
    for await (const piece of createReadStream(join(folder, name), { highWaterMark: 1 << 20 }))
      await file.write(piece as Uint8Array)
    await file.close()
  }
}

async function requirePorts(
  folder: string,
  name: string,
  inputs: readonly string[],
  output: string,
  invalid: (message: string, expected: string, found: string) => PipelineError,
): Promise<void> {
  const session = await openSession(join(folder, name), { threads: 1 })
  const unexpected = session.inputs.filter((input) => !inputs.includes(input))
  const fits =
    unexpected.length === 0 && session.inputs.includes(inputs[0]!) && session.outputs.includes(output)
  const found = `${session.inputs.join(', ')} → ${session.outputs.join(', ')}`
  await session.close()
  if (!fits) throw invalid(`${name} has unexpected inputs or outputs`, `${inputs[0]} → ${output}`, found)
}
