import { createClient } from '@redis/client'
import { type EmbeddedRedis, findRedis, startRedis } from 'holdfast/embedded'

/** A private Redis that a drill may maltreat. Its URL stays the same. */
export class DrillServer {
  #redis: EmbeddedRedis

  private constructor(redis: EmbeddedRedis) {
    this.#redis = redis
  }

  static async start(): Promise<DrillServer> {
    return new DrillServer(await startRedis({ binary: await findRedis(), afterKill: 'stop' }))
  }

  get url(): string {
    return this.#redis.url
  }

  /** Ends it as `kill -9` does. */
  kill(): Promise<void> {
    return this.#redis.stop()
  }

  /** An empty one in its place. */
  async startAgain(): Promise<void> {
    const { port, password } = this.#redis
    this.#redis = await startRedis({ binary: await findRedis(), afterKill: 'stop', port, password })
  }

  /** It keeps its connections, takes what is sent, and answers nothing. */
  freeze(): void {
    process.kill(this.#redis.pid, 'SIGSTOP')
  }

  /** It goes on, with what was sent meanwhile first. */
  thaw(): void {
    process.kill(this.#redis.pid, 'SIGCONT')
  }

  /** More memory than it has is in use; with noeviction it refuses whatever could need more. */
  async fill(): Promise<void> {
    await this.#configure('maxmemory', '1')
  }

  async drain(): Promise<void> {
    await this.#configure('maxmemory', '0')
  }

  async #configure(name: string, value: string): Promise<void> {
    const client = createClient({ url: this.url })
    client.on('error', () => undefined)
    await client.connect()
    await client.sendCommand(['CONFIG', 'SET', name, value])
    client.destroy()
  }
}
