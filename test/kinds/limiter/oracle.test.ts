import type { Clock, Limit, LimiterStore } from 'holdfast'
import { expect, onTestFinished, test } from 'vitest'
import { InProcessLimits } from '../../../src/kinds/limiter/in-process.ts'
import { redisLimits } from '../../../src/kinds/limiter/redis.ts'
import { freshRedis } from '../../servers/redis.ts'
import { type Arrival, arrivals } from './arrivals.ts'
import { Oracle } from './oracle.ts'
import { shadowedRedis } from './shadowed-clock.ts'

// Every decision of every implementation is the one that exact arithmetic takes. `ARRIVALS=1000000` for the whole proof.

const ARRIVALS = Number(process.env['ARRIVALS'] ?? 5_000)
/** Of one seed: limits begin anew with the next. */
const A_RUN = 1_000

/** Limits in memory, by the clock of the test. */
function inMemory(): { limits: LimiterStore; setMicros(now: number): void } {
  let micros = 0
  const clock = { now: () => micros / 1_000 } as Clock
  return { limits: new InProcessLimits(clock), setMicros: (now) => (micros = now) }
}

/** As the memory reads its clock: the product may be below the quotient's origin. */
const asRead = ({ micros, asks }: Arrival): Arrival => ({
  micros: Math.floor((micros / 1_000) * 1_000),
  asks,
})

function ask(limits: LimiterStore, { asks: [first, ...others] }: Arrival): Promise<Limit[]> {
  if (!first) throw new Error('nothing is asked for')
  return others.length === 0
    ? limits.take(first).then((limit) => [limit])
    : limits.takeAll([first, ...others])
}

const runs = Array.from({ length: Math.ceil(ARRIVALS / A_RUN) }, (_, seed) => seed)

test(
  `${ARRIVALS} random arrivals, clock jumps among them: memory decides as the oracle`,
  { timeout: 0 },
  async () => {
    let allowed = 0
    for (const seed of runs) {
      const [oracle, memory] = [new Oracle(), inMemory()]
      for (const arrival of arrivals(seed, A_RUN)) {
        const { micros } = asRead(arrival)
        oracle.now = micros
        memory.setMicros(arrival.micros)
        const wanted = await ask(oracle, arrival)
        if (wanted.every((limit) => limit.allowed)) allowed++
        const found = await ask(memory.limits, arrival)
        // A comparison by `expect` would take most of the time.
        if (JSON.stringify(found) !== JSON.stringify(wanted))
          expect({ seed, arrival, found }).toEqual({ seed, arrival, found: wanted })
      }
    }
    process.stdout.write(`${ARRIVALS} arrivals, ${allowed} allowed: memory decided as the oracle\n`)
    expect(allowed).toBeGreaterThan(ARRIVALS / 5)
    expect(allowed).toBeLessThan((ARRIVALS * 4) / 5)
  },
)

test(
  `${ARRIVALS} random arrivals, clock jumps among them: Redis decides as the oracle`,
  { timeout: 0 },
  async () => {
    const { url, namespace } = freshRedis()
    const redis = await shadowedRedis(url)
    onTestFinished(() => redis.close())
    let allowed = 0
    for (const seed of runs) {
      const oracle = new Oracle()
      const limits = redisLimits(redis.commands, `${namespace}:${seed}:`)
      const asked = [...arrivals(seed, A_RUN)].map(asRead)
      const wanted = []
      for (const arrival of asked) {
        oracle.now = arrival.micros
        const answer = await ask(oracle, arrival)
        if (answer.every((limit) => limit.allowed)) allowed++
        wanted.push(answer)
      }
      const answers: Promise<Limit[]>[] = []
      let before: Arrival | undefined
      for (const arrival of asked) {
        // Asks of one moment leave together, all others before the clock is set anew.
        const areTogether =
          before?.micros === arrival.micros && before.asks.length + arrival.asks.length === 2
        if (!areTogether) await new Promise<void>((resolve) => process.nextTick(resolve))
        redis.setMicros(arrival.micros)
        answers.push(ask(limits, arrival))
        before = arrival
      }
      const found = await Promise.all(answers)
      if (JSON.stringify(found) === JSON.stringify(wanted)) continue
      const first = wanted.findIndex((each, index) => JSON.stringify(each) !== JSON.stringify(found[index]))
      expect({ seed, arrival: asked[first], found: found[first] }).toEqual({
        seed,
        arrival: asked[first],
        found: wanted[first],
      })
    }
    process.stdout.write(`${ARRIVALS} arrivals, ${allowed} allowed: Redis decided as the oracle\n`)
  },
)

test('what was denied might as well not have come', async () => {
  for (const seed of runs.slice(0, 20)) {
    const [all, some] = [inMemory(), inMemory()]
    const allowed: Limit[][] = []
    const without: Limit[][] = []
    for (const arrival of arrivals(seed, A_RUN, true)) {
      all.setMicros(arrival.micros)
      some.setMicros(arrival.micros)
      const answer = await ask(all.limits, arrival)
      if (!answer.every((limit) => limit.allowed)) continue
      allowed.push(answer)
      without.push(await ask(some.limits, arrival))
    }
    expect(JSON.stringify(without)).toBe(JSON.stringify(allowed))
  }
})
