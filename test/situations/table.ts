import { commands } from './commands.js'
import { compressed } from './compressed.js'
import { folders } from './folders.js'
import { images } from './images.js'
import { runs } from './runs.js'
import { tables } from './tables.js'
import { tars } from './tars.js'
import type { Area } from './situation.js'

const shards: Area = { area: 'Tars', situations: tars }

/** In the order of docs/situations.md, which `npm run gen` writes from this list. */
export const areas: readonly Area[] = [folders, shards, compressed, images, tables, runs, commands]
