import { fileURLToPath } from 'node:url'
import { createClient } from '@redis/client'
import { open, systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { run } from '../../src/cli/run.ts'
import { agent, exitLock, price, tradeRate } from './declarations.ts'

/** What a run of the command printed, and how it ended. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly complaints: string
}

/** Runs `holdfast` with these words. */
export async function holdfast(words: readonly string[], redisUrl?: string): Promise<Ran> {
  const [out, complaints]: [string[], string[]] = [[], []]
  const code = await run(words, {
    out: (line) => void out.push(line),
    complain: (line) => void complaints.push(line),
    clock: systemClock,
    redisUrl,
  })
  return { code, out: out.join('\n'), complaints: complaints.join('\n') }
}

/** The declarations' module, and a Redis with a little of everything. */
export interface Example {
  readonly options: readonly string[]
  end(): Promise<void>
}

/** An application that has run for a while. `isClean` without what an audit finds. */
export async function example(
  redis: { readonly url: string; readonly namespace: string },
  isClean = false,
): Promise<Example> {
  const prices = new Map([
    ['SOL', '171.20'],
    ['BTC', '64012.5'],
  ])
  const state = await open(
    { price, agent, exitLock, tradeRate },
    { store: redisStore(redis), deps: { prices } },
  )
  for (const asset of ['SOL', 'BTC', 'SOL', 'SOL', 'SOL']) await state.price.get({ chain: 'solana', asset })
  for (let index = 0; index < 400; index++)
    await state.agent.set({ agentId: `a${index}` }, { name: `Agent ${index}` })
  await state.tradeRate.take({ userId: 'u1' })
  await state.close()
  const raw = createClient({ url: redis.url })
  await raw.connect()
  if (!isClean) {
    const at = (name: string): string => `${redis.namespace}:${name}`
    await raw.persist(at('agent:a7'))
    await raw.set(at('balance:w1:SOL'), '12')
    await raw.set(at('balance:w2:SOL'), '3', { PX: 60_000 })
  }
  const module = fileURLToPath(new URL('declarations.ts', import.meta.url))
  return {
    options: ['--keyspaces', module, '--redis', redis.url, '--namespace', redis.namespace],
    end: async () => raw.destroy(),
  }
}
