/**
 * The protocol with one rule broken, each. What is shipped has no switch for this: a mutant stands between the protocol
 * and its store, or its truth.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { createClient, createSentinel } from '@redis/client'
import { type Rows, StoreTimeoutError, type Truth } from 'holdfast'
import type pg from 'pg'
import { type Account, accountRow } from '../bank.ts'
import type { RedisPlace } from '../messages.ts'
import type { Session } from '../pooled-truth.ts'
import type { BreakFences, Fences } from '../watched.ts'

/** What a mutant stands on. */
export interface MutantParts {
  readonly pool: pg.Pool
  readonly namespace: string
  readonly redis: RedisPlace
}

/** What a mutant changes. */
export interface Broken {
  readonly fences?: BreakFences
  readonly truth?: (inner: Truth<Session>) => Truth<Session>
  readonly beforeCommit?: () => Promise<void>
  readonly instead?: (key: string) => Account | null | undefined
  readonly putsGroups?: boolean
}

/** A rule, broken. */
export type Mutant = (parts: MutantParts) => Broken

/** Sends what the protocol would not. */
type Send = (args: readonly string[]) => Promise<unknown>

/** A connection of the mutant's own. */
export function sendTo(redis: RedisPlace): Send {
  if ('url' in redis) {
    const client = createClient({ url: redis.url }).on('error', () => undefined)
    const connected = client.connect()
    return async (args) => {
      await connected
      return client.sendCommand([...args])
    }
  }
  const { name, nodes, password, sentinelPassword } = redis.sentinel
  const client = createSentinel({
    name,
    sentinelRootNodes: [...nodes],
    nodeClientOptions: { password },
    sentinelClientOptions: { password: sentinelPassword },
  }).on('error', () => undefined)
  const connected = client.connect()
  return async (args) => {
    await connected
    return client.sendCommand(false, [...args])
  }
}

const entryName = (namespace: string, { place }: Fences, key: string): string =>
  `${namespace}:~s:${place.nonce}:${key}`

/** Runs `script` on each key, with `args` of it. */
async function evalEach(
  { namespace, redis }: MutantParts,
  send: Send,
  fences: Fences,
  keys: readonly string[],
  script: string,
  args: (key: string) => readonly string[],
): Promise<number[]> {
  void redis
  return Promise.all(
    keys.map(async (key) =>
      Number(await send(['EVAL', script, '1', entryName(namespace, fences, key), ...args(key)])),
    ),
  )
}

const fencesOnly =
  (fences: (parts: MutantParts) => BreakFences): Mutant =>
  (parts) => ({ fences: fences(parts) })

const text = (value: string | Uint8Array): string =>
  typeof value === 'string' ? value : Buffer.from(value).toString('latin1')

/** An entry that holds `value`. */
const entryOf = ({
  value,
}: {
  value: { flag: string; version: number; payload: string | Uint8Array }
}): string => `V1 ${value.flag} ${value.version}\n${text(value.payload)}`

/** Settles with a script of the mutant's: what it stores, and what it takes down, are for it to decide. */
function settleBy(script: string): Mutant {
  return fencesOnly((parts) => {
    const send = sendTo(parts.redis)
    return (fences) => ({
      async settle(keys, token, values) {
        const args = (key: string): string[] => {
          const kept = values?.get(key)
          return kept ? [token, entryOf(kept), String(kept.keepMs)] : [token]
        }
        const without = keys.filter((key) => !values?.has(key))
        const released = without.length > 0 ? await fences.settle(without, token) : []
        const put = keys.filter((key) => values?.has(key))
        if (Math.random() < 0.5) await wait(Math.random() * 40)
        await evalEach(parts, send, fences, put, script, args)
        return keys.map((key) => (values?.has(key) ? 'applied' : (released[without.indexOf(key)] ?? 'gone')))
      },
    })
  })
}

const TAKE_DOWN = `
  local raw = redis.call('GET', KEYS[1])
  local others = ''
  if raw and string.sub(raw, 1, 2) == 'F ' then
    for token in string.gmatch(string.sub(raw, 5), '[^ ]+') do
      if token ~= ARGV[1] then others = others .. ' ' .. token end
    end
    if others == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], 'F 1' .. others) end
  end`

/** The first answer to a poll that says that the gate is open, for all times. */
const leaseIgnored: Mutant = () => ({
  truth(inner) {
    let first: Rows | undefined
    return {
      ...inner,
      async query(session, statement, parameters) {
        if (!statement.includes('AS oldest_running')) return inner.query(session, statement, parameters)
        const rows = first ?? (await inner.query(session, statement, parameters))
        if (rows[0]?.['state'] === 'open') first = rows
        return rows
      },
    }
  },
})

/** All of them, by name. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'fence after commit': fencesOnly(() => (fences) => ({
    fence: async () => undefined,
    async settle(keys, token, values) {
      await fences.fence(keys, token).catch(() => undefined)
      return fences.settle(keys, token, values)
    },
  })),
  'fill on an absent key': fencesOnly((parts) => {
    const send = sendTo(parts.redis)
    return (fences) => ({
      lease: async (keys) => keys.map(() => true),
      async fill(key, _lease, value, keepMs) {
        await wait(Math.random() * 15)
        const args = ['SET', entryName(parts.namespace, fences, key), entryOf({ value }), 'NX', 'PX']
        return (await send([...args, String(keepMs)])) === 'OK'
      },
    })
  }),
  'fill without the token': fencesOnly((parts) => {
    const send = sendTo(parts.redis)
    const script = `
      local raw = redis.call('GET', KEYS[1])
      if not raw or string.sub(raw, 1, 2) ~= 'L ' then return 0 end
      redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
      return 1`
    return (fences) => ({
      async fill(key, _lease, value, keepMs) {
        await wait(Math.random() * 30)
        const args = (): string[] => [entryOf({ value }), String(keepMs)]
        return (await evalEach(parts, send, fences, [key], script, args))[0] === 1
      },
    })
  }),
  'apply on an absent key': settleBy(`
    local raw = redis.call('GET', KEYS[1])
    if not raw or raw == 'F 0 ' .. ARGV[1] then
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
      return 1
    end
    ${TAKE_DOWN}
    return 0`),
  'no contended flag': settleBy(`
    ${TAKE_DOWN}
    if raw and string.find(raw, ARGV[1], 1, true) and others == '' then
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    end
    return 1`),
  'a fence that overwrites another': (parts) => {
    const send = sendTo(parts.redis)
    return {
      fences: (fences) => ({
        async fence(keys, token) {
          await Promise.all(
            keys.map((key) => send(['SET', entryName(parts.namespace, fences, key), `F 0 ${token}`])),
          )
        },
      }),
      beforeCommit: () => wait(Math.random() * 20),
    }
  },
  'a fence that expires': fencesOnly((parts) => {
    const send = sendTo(parts.redis)
    return (fences) => ({
      async fence(keys, token) {
        await fences.fence(keys, token)
        await Promise.all(keys.map((key) => send(['PEXPIRE', entryName(parts.namespace, fences, key), '3'])))
      },
    })
  }),
  'release without asking the status': () => ({
    truth: (inner) => ({
      ...inner,
      async query(session, statement, parameters) {
        if (!/^SELECT pg_xact_status\(.* AS s0/.test(statement))
          return inner.query(session, statement, parameters)
        return [Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`s${index}`, 'aborted']))]
      },
    }),
  }),
  'snapshot before lease': ({ pool }) => {
    const early = new Map<string, Account | null>()
    return {
      fences: (fences) => ({
        async lease(keys, lease, leaseMs) {
          for (const key of keys) {
            const [, id] = /^account:(.*)$/.exec(key) ?? []
            if (id !== undefined) early.set(key, await accountRow(pool, id))
          }
          await wait(Math.random() * 15)
          return fences.lease(keys, lease, leaseMs)
        },
      }),
      instead(key) {
        const account = early.get(key)
        early.delete(key)
        return account
      },
    }
  },
  'retry with the same nonce': fencesOnly(() => {
    const first = new Map<string, string>()
    const transactionOf = (token: string): string => token.split(':')[0] ?? ''
    const firstOf = (token: string): string => first.get(transactionOf(token)) ?? token
    return (fences) => ({
      async fence(keys, token) {
        const isRetry = first.has(transactionOf(token))
        if (!isRetry && Math.random() < 0.5) {
          // Under way still, when its sender has given up.
          first.set(transactionOf(token), token)
          throw new StoreTimeoutError('fence', 0)
        }
        await fences.fence(keys, firstOf(token))
      },
      async settle(keys, token, values) {
        if (!first.has(transactionOf(token))) return fences.settle(keys, token, values)
        const same = firstOf(token)
        if (values && values.size > 0) {
          // The network holds the settlement back, too, and delivers what was sent first at last.
          await wait(Math.random() * 100)
          await fences.fence(keys, same)
        }
        return fences.settle(keys, same, values)
      },
    })
  }),
  'apply on a key of several rows, read before the fence': () => {
    const waiting = new Map<string, () => Promise<void>>()
    return {
      putsGroups: true,
      fences: (fences) => ({
        async fence(keys, token) {
          waiting.set(token, () => fences.fence(keys, token))
        },
        async settle(keys, token, values) {
          waiting.delete(token)
          return fences.settle(keys, token, values)
        },
      }),
      async beforeCommit() {
        await wait(Math.random() * 15)
        const all = [...waiting.values()]
        waiting.clear()
        await Promise.all(all.map((fence) => fence()))
      },
    }
  },
  'the lease of the gate ignored': leaseIgnored,
  'no fences while the gate is closing': () => ({
    truth: (inner) => ({
      ...inner,
      async queryAll(session, statements) {
        const answers = (await inner.queryAll?.(session, statements)) ?? []
        return answers.map((rows) =>
          rows.map((row) => (row['state'] === 'closing' ? { ...row, state: 'closed' } : row)),
        )
      },
    }),
  }),
  'an opening that waits for nobody': () => ({
    beforeCommit: () => wait(Math.random() * 1_500),
    truth: (inner) => ({
      ...inner,
      async query(session, statement, parameters) {
        const rows = await inner.query(session, statement, parameters)
        if (!statement.includes('AS oldest_running')) return rows
        return rows.map((row) => ({ ...row, oldest_running: String(2n ** 62n) }))
      },
    }),
  }),
}
