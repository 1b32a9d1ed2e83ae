import { parseJson } from '../../../core/parse-json.js'
import { map, nullable, text } from '../../../core/shape.js'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { PipelineError } from '../../../core/error.js'
import { packagePath } from '../../../core/package-path.js'

const script = `
import json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try: found[name] = metadata.version(name)
    except metadata.PackageNotFoundError: found[name] = None
if found.get('coterie_trainer', 1) is None:
    try:
        import coterie_trainer
        found['coterie_trainer'] = coterie_trainer.__version__
    except Exception: pass
print(json.dumps(found))
`

/**
 * The fingerprint names the versions that train; a machine with other versions must not. Checked only if the
 * command is a Python module: other programs cannot be queried.
 */
export async function requireVersions(
  engine: string,
  command: readonly string[],
  versions: { readonly [name: string]: string },
): Promise<void> {
  const [python, flag] = command
  if (engine === 'command' || flag !== '-m' || python === undefined) return
  let found: { readonly [name: string]: string | null }
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', script, ...Object.keys(versions)], {
      env: trainerEnvironment(),
      timeout: 120_000,
    })
    found = parseJson(stdout, python, map(nullable(text)))
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new PipelineError({
      code: 'E_NO_TRAINER',
      message: missing ? 'Python for training was not found' : 'the packages of Python cannot be listed',
      place: python,
      found: missing ? undefined : (cause as Error).message.split('\n').slice(0, 3).join(' '),
      hint:
        'install the trainer (`pip install ./trainer[training]`) ' +
        'and name its Python in COTERIE_PYTHON or train.trainer',
      cause,
    })
  }
  for (const [name, wanted] of Object.entries(versions)) {
    if (found[name] === wanted) continue
    throw new PipelineError({
      code: 'E_TRAINER_VERSION',
      message: `${name} is not the version that this run pins`,
      place: python,
      expected: `${name} ${wanted}`,
      found: found[name] ?? 'not installed',
      hint: `pip install ${name}==${wanted}, or pin the installed version: train.versions`,
    })
  }
}

/** In a checkout, the trainer need not be installed. */
export function trainerEnvironment(): NodeJS.ProcessEnv {
  const checkout = packagePath('trainer')
  return !existsSync(checkout)
    ? process.env
    : { ...process.env, PYTHONPATH: [checkout, process.env.PYTHONPATH].filter(Boolean).join(':') }
}
