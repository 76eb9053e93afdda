import { DeclarationError } from '../../core/errors.ts'
import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import { Answer } from './answer.ts'
import type { Limit, LimitAsk, LimiterStore, LimitRule } from './port.ts'

const TAKE = loadScript(new URL('./take.lua', import.meta.url))
const TAKE_ALL = loadScript(new URL('./take-all.lua', import.meta.url))

/** Numbers for each limit in the reply of a script. */
const FIELDS = 5

/** More are not taken by one call: nobody else is answered meanwhile. */
const MOST_TOGETHER = 25

/** Limits as Redis strings, and lists. `namespace` goes in front of every key. */
export function redisLimits(redis: RedisCommands, namespace: string): LimiterStore {
  const together = new Together(redis)
  const takeAll = async (asks: readonly LimitAsk[]): Promise<Limit[]> => {
    const reply = await redis.run<number[]>(
      TAKE_ALL,
      asks.map(({ key }) => namespace + key),
      asks.flatMap(({ rule, cost }) => [
        rule.algorithm,
        String(rule.limit),
        String(rule.periodMs),
        String(cost),
      ]),
    )
    return asks.map(({ rule }, index) => answerIn(reply, index * FIELDS, rule))
  }
  return {
    take(ask) {
      const { key, rule, cost } = ask
      if (rule.algorithm !== 'gcra') return takeAll([ask]).then(([limit]) => limit as Limit)
      const name = namespace + key
      if (!redis.spansSlots) return together.take(name, rule, cost)
      const args = [String(rule.limit), String(rule.periodMs), String(cost)]
      return redis.run<number[], Limit>(TAKE, [name], args, (reply) => answerIn(reply, 0, rule))
    },

    async takeAll(asks) {
      if (redis.spansSlots) assertOneSlot(asks)
      return takeAll(asks)
    },
  }
}

/** Takes what is asked for in one turn of the event loop by one call: each for itself, but for the price of few. */
class Together {
  readonly #redis: RedisCommands
  #keys: string[] = []
  #args: string[] = []
  #waiting: Waiting[] = []

  constructor(redis: RedisCommands) {
    this.#redis = redis
  }

  take(key: string, rule: LimitRule, cost: number): Promise<Limit> {
    return new Promise((resolve, reject) => {
      this.#keys.push(key)
      this.#args.push(String(rule.limit), String(rule.periodMs), String(cost))
      this.#waiting.push(new Waiting(rule, resolve, reject))
      if (this.#waiting.length === 1) process.nextTick(() => this.#send())
      else if (this.#waiting.length === MOST_TOGETHER) this.#send()
    })
  }

  #send(): void {
    const [keys, args, waiting] = [this.#keys, this.#args, this.#waiting]
    if (waiting.length === 0) return
    this.#keys = []
    this.#args = []
    this.#waiting = []
    this.#redis.run<number[]>(TAKE, keys, args).then(
      (reply) => waiting.forEach((one, index) => one.resolve(answerIn(reply, index * FIELDS, one.rule))),
      (error: unknown) => waiting.forEach((one) => one.reject(error)),
    )
  }
}

/** Who asked for one limit. A class, as `Answer` is. */
class Waiting {
  readonly rule: LimitRule
  readonly resolve: (limit: Limit) => void
  readonly reject: (error: unknown) => void

  constructor(rule: LimitRule, resolve: (limit: Limit) => void, reject: (error: unknown) => void) {
    this.rule = rule
    this.resolve = resolve
    this.reject = reject
  }
}

function answerIn(reply: readonly number[], from: number, rule: LimitRule): Limit {
  const field = (index: number): number => reply[from + index] as number
  return new Answer(rule, field(0) === 1, field(1), field(2), field(3), field(4))
}

/** Keys of two slots may lie on two servers, and then nothing is done in one step. */
function assertOneSlot(asks: readonly LimitAsk[]): void {
  const [first, ...others] = asks.map(({ key }) => ({ key, tag: /\{([^}]+)\}/.exec(key)?.[1] }))
  const other = others.find(({ tag }) => tag === undefined || tag !== first?.tag)
  if (other)
    throw new DeclarationError(
      'takeAll',
      `${first?.key} and ${other.key} may lie on two servers of the Cluster: declare both with the same slot`,
    )
}
