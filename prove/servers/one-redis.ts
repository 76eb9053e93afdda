import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedRedis, findRedis, startRedis } from 'holdfast/embedded'
import { ask } from './redis-pair.ts'

/** A Redis alone. Its port stays the same. */
export class OneRedis {
  #server: EmbeddedRedis

  private constructor(server: EmbeddedRedis) {
    this.#server = server
  }

  static async start(dir: string): Promise<OneRedis> {
    return new OneRedis(await startServer(dir, undefined))
  }

  get url(): string {
    return this.#server.url
  }

  /** Sends a command over a connection of its own. */
  ask<Reply>(args: readonly string[]): Promise<Reply> {
    return ask<Reply>(this.#server.port, args, this.#server.password)
  }

  /** A copy of what it holds now. Its path. */
  async snapshot(): Promise<string> {
    await this.ask(['SAVE'])
    const copy = join(this.#server.dir, 'copy.rdb')
    await copyFile(join(this.#server.dir, 'dump.rdb'), copy)
    return copy
  }

  /** Kills it, and starts it with the data of `rdb`. */
  async comeBackWith(rdb: string): Promise<void> {
    const { dir, port, pid } = this.#server
    process.kill(pid, 'SIGKILL')
    await this.#server.stop()
    await rm(join(dir, 'dump.rdb'), { force: true })
    await copyFile(rdb, join(dir, 'dump.rdb'))
    this.#server = await startServer(dir, port)
  }

  async stop(): Promise<void> {
    process.kill(this.#server.pid, 'SIGKILL')
    await this.#server.stop()
  }
}

async function startServer(dir: string, port: number | undefined): Promise<EmbeddedRedis> {
  return startRedis({
    binary: await findRedis(),
    dir,
    afterKill: 'stop',
    password: 'of-one-server',
    ...(port !== undefined && { port }),
    config: { 'maxmemory-policy': 'volatile-lru' },
  })
}
