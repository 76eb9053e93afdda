import { setTimeout as wait } from 'node:timers/promises'
import { nonceOf } from '../gate-watch.ts'
import { ask } from '../servers/redis-pair.ts'
import { NAMESPACE, type World } from '../world.ts'
import type { Scenario } from './scenario.ts'

const VALUE = /^V1 \S+ \d+\n(.*)$/s

/** Redis comes back as it was a minute ago, under load. */
export const oldRdb: Scenario = {
  name: 'old-rdb',
  about: 'Redis is killed, and started with an RDB of a minute ago.',
  async happen({ world, seconds, tell }) {
    const port = await world.redis.primaryPort()
    const nonce = await nonceOf(world)
    const rdb = await world.redis.snapshot(port)
    tell('an RDB is written')
    await wait(seconds * 1_000)
    const isSameEpoch = (await nonceOf(world)) === nonce
    tell('Redis is killed', true)
    await world.redis.restart(port, rdb)
    const old = await outdatedValues(world, port, nonce)
    tell(`Redis is back, with ${old} values of accounts that are not what PostgreSQL has`)
    return {
      async problems() {
        return [
          ...(isSameEpoch ? [] : ['the epoch had ended before: what came back was out of reach anyway']),
          ...(old > 0 ? [] : ['nothing that came back was out of date: it proves nothing']),
          ...((await nonceOf(world)) === nonce ? ['the epoch is the one from before'] : []),
        ]
      },
    }
  },
}

/** How many accounts that Redis has under `nonce` are not as in PostgreSQL. */
async function outdatedValues(world: World, port: number, nonce: string): Promise<number> {
  const rows = await world.sql('SELECT id, version FROM account ORDER BY id')
  const names = rows.map(({ id }) => `${NAMESPACE}:~s:${nonce}:account:${String(id)}`)
  const raws = await ask<(string | null)[]>(port, ['MGET', ...names])
  return raws.filter((raw, index) => {
    const [, json] = VALUE.exec(raw ?? '') ?? []
    return (
      json !== undefined && (JSON.parse(json) as { version: number }).version !== rows[index]?.['version']
    )
  }).length
}
