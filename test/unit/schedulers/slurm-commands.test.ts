import test from 'ava'
import { commandRunner, responseLost } from '../../../src/schedulers/slurm/commands.js'

test('a command that a signal ended may have reached the controller: its answer is lost', async (t) => {
  const killed = await commandRunner(60)('sh', ['-c', 'kill -HUP $$'])
  t.true(killed.killed)
  t.true(responseLost(killed))
  t.false(responseLost(await commandRunner(60)('sh', ['-c', 'echo no >&2; exit 1'])))
})

test('signals to the group of this process do not reach a command', async (t) => {
  const { output } = await commandRunner(60)('sh', ['-c', 'echo "$$ $(ps -o pgid= -p $$)"'])
  t.regex(output, /^(\d+) +\1\n$/)
})
