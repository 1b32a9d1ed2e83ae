import type { ListedSubmission } from '../../submission/others.js'
import { print, table } from './output.js'

/** Lists submissions that a command has left alone, if there are any. */
export function printOthers(others: readonly ListedSubmission[]): void {
  if (others.length === 0) return
  print('\nOther submissions in this store, which --id selects:')
  print(
    table(
      [{ title: 'id' }, { title: 'time' }, { title: 'name' }, { title: 'by' }, { title: 'manifest' }],
      others.map(({ id, time, name, user, host, manifest }) => [
        id,
        time.slice(0, 19).replace('T', ' '),
        name,
        `${user}@${host}`,
        manifest ?? '(submitted by an earlier version)',
      ]),
    ),
  )
}
