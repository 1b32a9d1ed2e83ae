import test from 'ava'
import { Place } from '../situations/place.js'
import { areas } from '../situations/table.js'

for (const { area, situations } of areas)
  for (const { situation, check } of situations)
    test(`${area}: ${situation}`, async (t) => {
      t.timeout(120_000)
      await check(t, await Place.make(t))
    })
