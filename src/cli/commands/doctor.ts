import { Command, Option } from 'commander'
import { exitCode } from '../../core/error.js'
import { maxOf } from '../../core/extremes.js'
import type { Diagnosis } from '../../io/doctor/check.js'
import { jsonOption, positiveInteger, profileOption } from '../terminal/options.js'
import { print, printDocument } from '../terminal/output.js'

/** Checks of things before money is spent on them. Exit 6 when a check says no. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check a store, shards or fetched images before they are trusted')
    .addCommand(storeCommand())
    .addCommand(shardsCommand())
    .addCommand(fetchedCommand())
}

function storeCommand(): Command {
  return new Command('store')
    .description(
      'whether a folder or S3 prefix is safe for shared output: create-once under 32 writers, ranges, ' +
        'listing, clock',
    )
    .argument('<uri>')
    .addOption(profileOption())
    .addOption(jsonOption())
    .action(async (uri: string, options: { profile?: string; json?: boolean }) => {
      const { diagnoseStore } = await import('../../io/doctor/open.js')
      show(
        await diagnoseStore(uri, await settingsOf(options.profile)),
        options.json,
        `${uri} can be trusted with shared output`,
        `${uri} must not be used for shared output`,
      )
    })
}

function shardsCommand(): Command {
  return new Command('shards')
    .description(
      "whether WebDataset tars meet open_clip's contract: keys, pairs, counts, decodable images, " +
        'enough shards',
    )
    .argument('<uri>', 'folder, pattern or list of tars')
    .option('--gpus <n>', 'GPUs that will train on them', positiveInteger, 1)
    .option('--loaders <n>', 'data loader workers of each GPU', positiveInteger, 1)
    .addOption(
      new Option('--images <how>', 'how far to look into each image')
        .choices(['decode', 'header', 'none'])
        .default('decode'),
    )
    .addOption(profileOption())
    .addOption(jsonOption())
    .action(
      async (
        uri: string,
        options: {
          gpus: number
          loaders: number
          images: 'decode' | 'header' | 'none'
          profile?: string
          json?: boolean
        },
      ) => {
        const { diagnoseShards } = await import('../../io/doctor/shards.js')
        const found = await diagnoseShards(
          { uri, gpus: options.gpus, loaders: options.loaders, images: options.images },
          await settingsOf(options.profile),
        )
        show(found, options.json, 'ready for open_clip', 'not ready for open_clip')
      },
    )
}

function fetchedCommand(): Command {
  return new Command('fetched')
    .description(
      'what img2dataset made of the URL lists of a training set: every listed sample fetched, ' +
        'or lost for a reason',
    )
    .argument('<lists>', "a set's lists that `write` made: a folder of parquet files")
    .argument('<fetched>', "img2dataset's output folder")
    .option('--most-lost <share>', 'share of the list that may be lost', Number, 1)
    .addOption(profileOption())
    .addOption(jsonOption())
    .action(
      async (
        lists: string,
        fetched: string,
        options: { mostLost: number; profile?: string; json?: boolean },
      ) => {
        const { diagnoseFetched } = await import('../../io/doctor/fetched.js')
        show(
          await diagnoseFetched(lists, fetched, options.mostLost, await settingsOf(options.profile)),
          options.json,
          'every sample is accounted for',
          'not to be trained on as it is',
        )
      },
    )
}

async function settingsOf(profile: string | undefined) {
  if (profile === undefined) return undefined
  const { loadProfile } = await import('../../manifest/profile.js')
  const { settingsIn } = await import('../../io/store/settings.js')
  return settingsIn((await loadProfile(profile)) ?? {})
}

function show(found: Diagnosis, json: boolean | undefined, yes: string, no: string): void {
  if (!found.ok) process.exitCode = exitCode.check
  if (json) return printDocument('doctor', found)
  const width = maxOf(
    found.checks.map(({ name }) => name.length),
    0,
  )
  for (const { name, ok, found: seen } of found.checks)
    print(`${ok ? 'ok  ' : 'NO  '}${name.padEnd(width)}  ${seen}`)
  print(found.ok ? yes : no)
}
