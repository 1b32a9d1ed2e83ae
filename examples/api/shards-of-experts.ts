import { openStore, plan, readLock, readQuality, run } from 'coterie/run'

/** Runs a manifest and prints the words of each expert. */
export async function printExpertWords(manifest: string, signal: AbortSignal): Promise<void> {
  const { stages } = await plan(manifest)
  const waiting = stages.reduce((sum, stage) => sum + stage.to_run, 0)
  console.log(`${waiting} tasks have no result yet`)

  const result = await run(manifest, {
    signal,
    listen: (event) => {
      if (event.type === 'finished') console.log(`${event.task.stage}/${event.task.key}`)
    },
  })

  const store = await openStore(result.store)
  for (const artefact of await store.artefacts(await readLock(manifest), 'cluster')) {
    if (!artefact.files.some(({ name }) => name === 'quality.json')) continue
    const { expert_words } = await readQuality(artefact)
    for (const [expert, { words }] of expert_words.entries())
      console.log(`expert ${expert}: ${words.map(({ word }) => word).join(', ')}`)
  }
}
