import { Command } from 'commander'
import { exitCode } from '../../core/error.js'
import { jsonOption, profileOption, setOption, trustOption } from '../terminal/options.js'
import { print, printDocument } from '../terminal/output.js'

export function validateCommand(): Command {
  return new Command('validate')
    .description('check a manifest and its pipeline, and list every mistake with its line (exit 3 if any)')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(setOption())
    .addOption(jsonOption())
    .action(
      async (path: string, options: { profile?: string; trust?: boolean; set: string[]; json?: boolean }) => {
        const { loadManifest } = await import('../../manifest/load.js')
        const { readProfile } = await import('../../manifest/profile.js')
        const { renderDiagnostics } = await import('../../manifest/yaml/diagnose.js')
        const { builtinStages: stages } = await import('../../stages/builtin-stages.js')
        const { manifestPlugins } = await import('../../runner/manifest-plugins.js')
        const plugins = manifestPlugins(options)
        const { manifest, diagnostics } = await loadManifest(path, {
          stages: stages.all,
          set: options.set,
          plugins: plugins.load,
        })
        const profile = options.profile ?? manifest?.profile
        const mistakes = [
          ...diagnostics,
          ...(profile === undefined
            ? []
            : (await readProfile(profile, process.env, plugins.schedulers)).diagnostics),
        ]
        if (mistakes.length > 0) process.exitCode = exitCode.manifest
        if (options.json)
          return printDocument('validate', { ok: mistakes.length === 0, manifest: path, mistakes })
        if (!manifest || mistakes.length > 0) {
          print(renderDiagnostics(mistakes))
          return print(`\n${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`} in ${path}`)
        }
        print(
          `${path} is valid: pipeline ${manifest.pipeline.name}, ` +
            `${manifest.pipeline.nodes.map(({ name }) => name).join(' → ')}`,
        )
      },
    )
}
