import type { LimitAsk, LimitRule } from 'holdfast'
import { seededRandom } from '../../simulation/seeded-random.ts'
import { Oracle } from './oracle.ts'

/** Some asks at one moment: taken together if they are several. */
export interface Arrival {
  /** On the store's clock, in microseconds. */
  readonly micros: number
  readonly asks: readonly LimitAsk[]
}

const GCRA: readonly (readonly [limit: number, periodMs: number])[] = [
  [1, 1],
  [3, 1_000],
  [7, 60_000],
  [10, 60_000],
  [997, 3_600_000],
  [1_000, 7],
  [29_999_999, 86_400_000],
]
const LOG: readonly (readonly [limit: number, periodMs: number])[] = [
  [1, 1],
  [3, 100],
  [10, 60_000],
  [37, 1_000],
]

/**
 * Random arrivals at some limits, in which most that can go wrong is likely: many at one moment, a microsecond before a
 * unit is there and right when it is, a rate that changes, a clock that is set ahead or back by up to three periods. Calm ones come
 * without the last two.
 */
export function* arrivals(seed: number, count: number, isCalm = false): Generator<Arrival> {
  const random = seededRandom(seed)
  const whole = (most: number): number => Math.floor(random() * (most + 1))
  const pick = <Item>(items: readonly Item[]): Item => items[whole(items.length - 1)] as Item
  const rules: LimitRule[] = [0, 1, 2, 3].map((index) => {
    const [limit, periodMs] = pick(index % 2 ? LOG : GCRA)
    return { algorithm: index % 2 ? 'sliding-log' : 'gcra', limit, periodMs }
  })
  // Knows when something will be there, in order to be near.
  const oracle = new Oracle()
  let micros = whole(1_000_000_000)
  for (let made = 0; made < count; made++) {
    const index = whole(rules.length - 1)
    const declared = rules[index] as LimitRule
    const changed =
      random() < 0.02 && !isCalm
        ? pick(rules.filter((rule) => rule.algorithm === declared.algorithm))
        : undefined
    const rule = changed ?? declared
    const cost = random() < 0.6 ? 1 : random() < 0.2 ? rule.limit : 1 + whole(rule.limit - 1)
    const ask = { key: `limit:${index}`, rule, cost }
    const period = rule.periodMs * 1_000
    const chance = random()
    oracle.now = micros
    if (chance < 0.3) micros += whole(3)
    else if (chance < 0.6) micros += whole(Math.ceil((2 * period) / rule.limit))
    else if (chance < 0.8) micros += Math.max(0, oracle.until(ask) + pick([-1, 0, 1]))
    else if (chance < 0.83) micros += whole(3 * period)
    else if (chance < 0.85 && !isCalm) micros = Math.max(0, micros - whole(3 * period))
    const beside = (index + 1) % rules.length
    const other = { key: `limit:${beside}`, rule: rules[beside] as LimitRule, cost: 1 }
    const asks = random() < 0.1 ? [ask, other] : [ask]
    oracle.now = micros
    void oracle.takeAll(asks)
    yield { micros, asks }
  }
}
