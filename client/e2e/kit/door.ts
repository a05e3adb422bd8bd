import { createServer, connect, type Server, type Socket } from 'node:net'

/** What the way to the scanner does to who comes: let through, turn away, or keep waiting. */
export type DoorState = 'open' | 'shut' | 'held'

/** A way to a service that can be shut. It listens on a free port of this machine. */
export class Door {
  private state: DoorState = 'open'
  private readonly inside = new Set<Socket>()
  private readonly waiting = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async to(target: string): Promise<Door> {
    const server = createServer()
    const door = new Door(server, target)
    server.on('connection', (socket) => door.arrive(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return door
  }

  get address(): string {
    return `127.0.0.1:${portOf(this.server)}`
  }

  set(state: DoorState): void {
    this.state = state
    if (state === 'shut') {
      for (const socket of [...this.inside, ...this.waiting]) {
        socket.destroy()
      }
    }
    if (state === 'open') {
      for (const socket of this.waiting) {
        this.pass(socket)
      }
      this.waiting.clear()
    }
  }

  close(): void {
    this.set('shut')
    this.server.close()
  }

  private arrive(socket: Socket): void {
    // Either end may vanish at any time; the other one is told by its own end.
    socket.on('error', () => socket.destroy())
    if (this.state === 'shut') {
      socket.destroy()
    } else if (this.state === 'held') {
      this.waiting.add(socket)
      socket.on('close', () => this.waiting.delete(socket))
    } else {
      this.pass(socket)
    }
  }

  private pass(socket: Socket): void {
    const path = /^unix:(.*)$/.exec(this.target)?.[1] ?? (this.target.startsWith('/') ? this.target : undefined)
    const [host, port] = this.target.split(':')
    const onward = path === undefined ? connect(Number(port), host) : connect(path)
    this.inside.add(socket)
    socket.on('close', () => {
      this.inside.delete(socket)
      onward.destroy()
    })
    onward.on('error', () => socket.destroy())
    onward.on('close', () => socket.destroy())
    socket.pipe(onward)
    onward.pipe(socket)
  }
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new Error('the server does not listen on a port')
  }
  return address.port
}
