import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { programOf } from './cache.js'

export interface S3Server {
  readonly endpoint: string
  readonly access_key: string
  readonly secret_key: string
  stop(): Promise<void>
}

/** Starts versitygw; undefined if not installed: `node --import=tsx scripts/test-servers/install.ts`. */
export async function startVersitygw(): Promise<S3Server | undefined> {
  const program = programOf('versitygw')
  if (!program) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'coterie-versitygw-'))
  const root = join(folder, 'root')
  await mkdir(root)
  const port = await freePort()
  const env = { ROOT_ACCESS_KEY: 'coterie', ROOT_SECRET_KEY: 'coterie-secret' }
  const child = spawn(program, ['-q', '--port', `127.0.0.1:${port}`, 'posix', root], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  return ready(child, port, folder)
}

/** Starts moto, which accepts any credentials and any checksum. */
export async function startMoto(): Promise<S3Server | undefined> {
  const program = programOf('moto')
  if (!program) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'coterie-moto-'))
  const port = await freePort()
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore', cwd: folder })
  return ready(child, port, folder)
}

async function ready(child: ChildProcess, port: number, folder: string): Promise<S3Server> {
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.kill('SIGKILL')) await ended
    await rm(folder, { recursive: true, force: true })
  }
  process.once('exit', () => child.kill('SIGKILL'))
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break
    if (await answers(port))
      return {
        endpoint: `http://127.0.0.1:${port}`,
        access_key: 'coterie',
        secret_key: 'coterie-secret',
        stop,
      }
    await setTimeout(50)
  }
  await stop()
  throw new Error(`the S3 server did not start on port ${port}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
