import { setTimeout } from 'node:timers/promises'
import { cached, open, strong } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { type BareClient, bareClient } from '../bare-client.ts'
import type { Row } from '../row.ts'
import { gateOnly, type Session } from '../truth.ts'

const BALANCES = 50
const PAGE = 100

const balanceSchema = z.object({
  mint: z.string(),
  symbol: z.string(),
  amount: z.string(),
  priceUsd: z.string(),
  valueUsd: z.string(),
  updatedAt: z.string(),
})

/** Base58 as mints have it: 44 characters that no two share. */
function mintOf(user: string, index: number): string {
  return `${user}x${index}x`.padEnd(44, 'So11111111111111111111111111111111111111112')
}

function balanceOf(user: string, index: number): z.infer<typeof balanceSchema> {
  return {
    mint: mintOf(user, index),
    symbol: `TOK${index}`,
    amount: `${index * 7_919 + Number(user)}.123456789`,
    priceUsd: `${(index % 97) + 1}.28251377`,
    valueUsd: `${(index * 31) % 9_973}.41`,
    updatedAt: '2026-11-21T09:30:00.000Z',
  }
}

type OfUser = { readonly userId: string }

const keyspaces = {
  settings: cached({
    key: 'settings:{userId}',
    about: 'What a user has chosen.',
    value: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])),
    ttl: '1d',
    load: ({ userId }) => ({
      userId,
      slippageBps: 50,
      maxTradeUsd: '250.00',
      autoBuy: true,
      autoSell: false,
      stopLossPercent: '15',
      takeProfitPercent: '40',
      language: 'en',
      theme: 'dark',
      notifications: 'all',
    }),
  }),
  session: cached({
    key: 'session:{userId}',
    about: 'Who is signed in.',
    value: z.object({ userId: z.string(), token: z.string(), agent: z.string(), createdAt: z.string() }),
    ttl: '1d',
    load: ({ userId }) => ({
      userId,
      token: userId.padEnd(64, 'a'),
      agent: 'Mozilla/5.0 (X11; Linux x86_64)',
      createdAt: '2026-11-21T09:30:00.000Z',
    }),
  }),
  portfolio: cached({
    key: 'portfolio:{userId}',
    about: `A portfolio of ${BALANCES} balances.`,
    codec: msgpack,
    value: z.object({ userId: z.string(), totalUsd: z.string(), balances: z.array(balanceSchema) }),
    ttl: '1d',
    load: ({ userId }) => ({
      userId,
      totalUsd: '123456.78',
      balances: Array.from({ length: BALANCES }, (_, index) => balanceOf(userId, index)),
    }),
  }),
  balance: strong({
    key: 'balance:{userId}:{mint}',
    about: 'A balance that trades are decided on.',
    value: balanceSchema,
    load: ({ userId, mint }: OfUser & { readonly mint: string }, _tx: Session) => ({
      ...balanceOf(userId, 1),
      mint,
    }),
  }),
  position: strong({
    key: 'position:{userId}:{mint}',
    about: 'An open position.',
    value: z.record(z.string(), z.string()),
    load: ({ mint }: OfUser & { readonly mint: string }, _tx: Session) => ({
      mint,
      amount: '1234.567890123',
      entryPriceUsd: '1.28251377',
      peakPriceUsd: '1.91334455',
      stopLossUsd: '1.09013670',
      openedAt: '2026-11-21T09:30:00.000Z',
      status: 'open',
    }),
  }),
}

/** Bytes in use once nothing is being written any more. */
async function usedBytes(client: BareClient): Promise<number> {
  const info = await client.info('memory')
  return Number(/used_memory:(\d+)/.exec(info)?.[1])
}

/** Until the gate opened for the first time, nothing that is strong is stored. */
async function trusted(isTrusted: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!isTrusted()) {
    if (performance.now() > endMs) throw new Error('the gate did not open within 10 s')
    await setTimeout(20)
  }
}

/** The rows of memory in Redis. */
export const memoryUserRows: readonly Row[] = [
  {
    row: 'memory.users',
    about:
      'memory of Redis for active users: settings, session, portfolio of 50, 4 balances, 2 positions each',
    needs: 'postgres',
    async run({ redisUrl, postgresUrl, isQuick }) {
      const users = isQuick ? 1_000 : 10_000
      const { truth, close } = gateOnly(postgresUrl)
      const state = await open(keyspaces, { store: redisStore({ url: redisUrl }), truth })
      const client = await bareClient(redisUrl)
      await trusted(() => state.gate()?.isTrusted === true)
      const before = await usedBytes(client)
      for (let start = 0; start < users; start += PAGE) {
        const page = Array.from({ length: PAGE }, (_, index) => String(start + index))
        await Promise.all(
          page.flatMap((userId): Promise<unknown>[] => [
            state.settings.get({ userId }),
            state.session.get({ userId }),
            state.portfolio.get({ userId }),
            ...[0, 1, 2, 3].map((index) => state.balance.get({ userId, mint: mintOf(userId, index) })),
            ...[0, 1].map((index) => state.position.get({ userId, mint: mintOf(userId, index) })),
          ]),
        )
      }
      // What a strong read loaded is stored without anybody waiting; leases are as many keys until then.
      await state.ping()
      const stored = await client.dbSize()
      const expected = users * 9
      if (stored < expected) throw new Error(`Redis holds ${stored} of ${expected} entries`)
      const bytes = (await usedBytes(client)) - before
      return {
        comparisons: [
          {
            part: '10,000 users',
            value: (bytes / users) * 10_000 * 1e-6,
            unit: 'MB',
            against: 'at most 100 MB',
            target: { atMost: 100 },
            note: `${Math.round(bytes / users).toLocaleString('en')} bytes for each of ${users.toLocaleString('en')} users; the portfolio as MessagePack, the rest as JSON`,
          },
        ],
        async close() {
          client.destroy()
          await state.close()
          await close()
        },
      }
    },
  },
]
