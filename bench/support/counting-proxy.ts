import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'

export interface CountingProxy {
  readonly endpoint: string
  /** Bytes that the server has sent since the last `reset`, including headers. */
  received(): number
  reset(): void
  stop(): Promise<void>
}

/** Forwards connections to a server and counts the bytes of its responses. */
export async function countingProxy(endpoint: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(endpoint)
  const open = new Set<Socket>()
  let received = 0
  const server = createServer((client) => {
    const upstream = createConnection(Number(port), hostname)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket))
    }
    upstream.on('data', (bytes: Buffer) => (received += bytes.length))
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    reset: () => void (received = 0),
    stop: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
