import test from 'ava'
import pLimit from 'p-limit'
import { Place } from '../situations/place.js'
import { areas } from '../situations/table.js'

/** Each situation starts processes of its own; all at once would only wait for each other. */
const limit = pLimit(2)

for (const { area, situations } of areas)
  for (const { situation, check } of situations)
    test(`${area}: ${situation}`, async (t) => {
      t.timeout(30 * 60_000)
      await limit(async () => check(t, await Place.make(t)))
    })
