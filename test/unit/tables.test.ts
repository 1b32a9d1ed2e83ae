import test from 'ava'
import { rows as backends } from '../../src/io/store/backends.js'
import { schedulers } from '../../src/schedulers/table.js'
import { sourceFiles, withoutComments } from '../source-tree.js'

const sources = sourceFiles('src')

/** Lines of code outside of `home` and the table that ask for one row by name. */
function asking(names: RegExp, home: string, table: string): string[] {
  return sources
    .filter(({ path }) => !path.startsWith(home) && path !== table)
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) => (names.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
    )
}

for (const { scheme } of backends.filter(({ local }) => !local))
  test(`nothing but its own folder asks whether a URI is ${scheme}://`, (t) => {
    const names = new RegExp(
      `With\\(['"\`]${scheme}:|=== '${scheme}'|case '${scheme}'|\\.${scheme}\\b|\\^${scheme}:|/${scheme}:`,
    )
    t.deepEqual(asking(names, `src/io/store/${scheme}/`, 'src/io/store/backends.ts'), [])
  })

for (const { name, member } of schedulers)
  test(`nothing but its own folder asks whether the scheduler is ${name}`, (t) => {
    const variables = name.replaceAll('-', '_').toUpperCase()
    const names = new RegExp(`=== '${name}'|case '${name}'|\\.${member}\\b|\\b${variables}_`)
    t.deepEqual(asking(names, `src/schedulers/${name}/`, 'src/schedulers/table.ts'), [])
  })
