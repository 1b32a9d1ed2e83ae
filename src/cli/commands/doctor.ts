import { Command, Option } from 'commander'
import { exitCode } from '../../core/error.js'
import { maxOf } from '../../core/extremes.js'
import type { Diagnosis } from '../../io/doctor/check.js'
import { jsonOption, positiveInteger, storeProfileOption } from '../terminal/options.js'
import { print, printDocument } from '../terminal/output.js'

/** Checks that are cheaper than the run they would spoil. A failed check exits with 6. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check a store, shards or fetched images before a run depends on them')
    .addCommand(storeCommand())
    .addCommand(shardsCommand())
    .addCommand(fetchedCommand())
}

function storeCommand(): Command {
  return new Command('store')
    .description(
      'check that several machines can share a folder or S3 prefix as a store: creation of an object ' +
        'by 32 writers at once, range reads, listing, clock',
    )
    .argument('<uri>')
    .addOption(storeProfileOption())
    .addOption(jsonOption())
    .action(async (uri: string, options: { profile?: string; json?: boolean }) => {
      const { diagnoseStore } = await import('../../io/doctor/open.js')
      show(
        await diagnoseStore(uri, await settingsOf(options.profile)),
        options.json,
        `${uri} is safe for shared output`,
        `${uri} is not safe for shared output`,
      )
    })
}

function shardsCommand(): Command {
  return new Command('shards')
    .description(
      'check that open_clip can train on WebDataset tars: keys, pairs, counts, decodable images, ' +
        'enough shards',
    )
    .argument('<uri>', 'folder, pattern or list of tars')
    .option('--gpus <n>', 'GPUs to train on', positiveInteger, 1)
    .option('--loaders <n>', 'data loader workers per GPU', positiveInteger, 1)
    .addOption(
      new Option('--images <how>', 'how thoroughly to check each image')
        .choices(['decode', 'header', 'none'])
        .default('decode'),
    )
    .addOption(storeProfileOption())
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
      "compare img2dataset's output with the URL lists of a training set: each listed sample must be " +
        'in it, or have a reason for its absence',
    )
    .argument('<lists>', 'URL lists of one training set, written by `write`: a folder of parquet files')
    .argument('<fetched>', "img2dataset's output folder")
    .option('--most-lost <share>', 'maximum share of the list that may be lost', Number, 1)
    .addOption(storeProfileOption())
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
          'not ready for training',
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
    print(`${ok ? 'ok    ' : 'FAIL  '}${name.padEnd(width)}  ${seen}`)
  print(found.ok ? yes : no)
}
