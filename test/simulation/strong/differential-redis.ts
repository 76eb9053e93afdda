/** Holds the fake Redis, and the memory store, to the Lua scripts on a real Redis: by random operations. */
import assert from 'node:assert/strict'
import { StoreRefusedError } from '../../../src/core/errors.ts'
import type { EncodedValue } from '../../../src/entry/values.ts'
import type { Fences } from '../../../src/fence/port.ts'
import { redisFences } from '../../../src/fence/redis.ts'
import type { RedisCommands, RedisVetting, Script } from '../../../src/redis/commands.ts'
import { seededRandom } from '../seeded-random.ts'
import { FakeRedis, RedisReplyError } from './fake-redis.ts'

const KEYS = ['a', 'b', 'c', 'd']
const TOKENS = ['1:p', '2:q', '3:r', '30:r', '3:rr']
const LEASES = ['one', 'two']
const KEEP_MS = 600_000

/** The Redis part of the fences over a fake Redis that answers at once. */
export function fakeFences(): Fences {
  const server = new FakeRedis(() => performance.now(), 'fake')
  const known = { run: 'fake', lineage: 'fake', problem: undefined, connection: 1, connectedMs: 0 }
  const execute = <Answer>(operation: string, args: readonly (string | Buffer)[]): Answer => {
    try {
      return server.execute(args.map(String)) as Answer
    } catch (error) {
      throw error instanceof RedisReplyError ? new StoreRefusedError(operation, error) : error
    }
  }
  const connection: Pick<RedisCommands, 'send' | 'run'> & RedisVetting = {
    server: () => known,
    vet: async () => known,
    watch: () => () => undefined,
    send: async (operation, args) => execute(operation, args),
    run: async (script: Script, keys, args) =>
      execute(script.name, ['EVAL', `${script.name}@${script.sha}`, String(keys.length), ...keys, ...args]),
  }
  return redisFences(connection as RedisCommands & RedisVetting, 'sim').within({ nonce: 'n', run: 'fake' })
}

interface Step {
  readonly text: string
  run(fences: Fences): Promise<unknown>
}

function nextStep(random: () => number): Step {
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const [key, token, lease] = [one(KEYS), one(TOKENS), one(LEASES)]
  const some = KEYS.filter(() => random() < 0.5)
  const value: EncodedValue = {
    flag: 'j',
    version: 1,
    payload: `"${Math.floor(random() * 1e6)}\n V1 F"`,
  }
  const kind = random()
  if (kind < 0.15)
    return { text: `lease ${some.join()} ${lease}`, run: (to) => to.lease(some, lease, KEEP_MS) }
  if (kind < 0.3) return { text: `fill ${key} ${lease}`, run: (to) => to.fill(key, lease, value, KEEP_MS) }
  if (kind < 0.5)
    return {
      text: `fence ${some.join()} ${token}`,
      run: (to) => to.fence(some, token).then(() => 'up'),
    }
  if (kind < 0.75) return { text: `settle ${some.join()} ${token}`, run: (to) => to.settle(some, token) }
  if (kind < 0.95)
    return {
      text: `settle ${some.join()} and ${key} ${token} with`,
      run: (to) =>
        to.settle([...new Set([...some, key])], token, new Map([[key, { value, keepMs: KEEP_MS }]])),
    }
  return { text: `read ${key}`, run: (to) => to.read(key) }
}

/**
 * Carries the same random operations out on all of `each`: the answers, and the entries that they leave. Gives the
 * different answers that were met. @throws AssertionError at the first difference
 */
export async function differRedis(
  each: readonly Fences[],
  steps: number,
  seed: number,
  onStep: (done: number) => void = () => undefined,
): Promise<ReadonlySet<string>> {
  const random = seededRandom(seed)
  const answers = new Set<string>()
  const last: string[] = []
  for (let count = 0; count < steps; count++) {
    const step = nextStep(random)
    last.push(step.text)
    if (last.length > 8) last.shift()
    const outcome = async (fences: Fences): Promise<unknown[]> => [
      await step.run(fences),
      await fences.readMany(KEYS),
    ]
    const [expected, ...others] = await Promise.all(each.map(outcome))
    for (const actual of others)
      assert.deepEqual(actual, expected, `seed ${seed}, step ${count}, after ${last.join('; ')}`)
    for (const answer of [expected?.[0]].flat())
      answers.add(`${step.text.split(' ')[0]} ${JSON.stringify(answer)}`)
    onStep(count + 1)
  }
  return answers
}
