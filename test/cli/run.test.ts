import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshRedis } from '../servers/redis.ts'
import { example, type Example, holdfast } from './fixture.ts'

let used: Example
beforeAll(async () => {
  used = await example(freshRedis())
})
afterAll(() => used.end())

const json = async (...words: readonly string[]) => {
  const { code, out } = await holdfast([...words, '--json', ...used.options])
  return { code, value: JSON.parse(out) as never }
}

describe('the commands', () => {
  test('totals tells what the processes counted', async () => {
    const { code, value } = await json('totals')
    expect(code).toBe(0)
    expect(value).toMatchObject({
      price: { counts: { l2Hits: 3, misses: 2, loads: 2 }, hitRatio: 0.6 },
      agent: { counts: { sets: 400 } },
      position: { counts: {}, sinceMs: null },
    })
  })

  test('size tells how much there is', async () => {
    const { code, value } = await json('size')
    expect(code).toBe(0)
    expect(value).toMatchObject({
      looked: { isComplete: true },
      keyspaces: {
        price: { keys: 2, sampled: 2 },
        agent: { keys: 400, sampled: 115 },
        tradeRate: { keys: 1 },
      },
      others: { keys: 2 },
    })
  })

  test('audit ends with 1 when it finds something, and with 0 when it does not', async () => {
    const { code, value } = await json('audit')
    expect(code).toBe(1)
    expect(value).toMatchObject({
      findings: { agent: { withoutTtl: { count: 1, examples: ['agent:a7'] } } },
      orphans: [{ prefix: 'balance:', keys: 2, withoutTtl: 1 }],
    })
    const clean = await example(freshRedis(), true)
    const ran = await holdfast(['audit', ...clean.options])
    expect(ran.out).toContain('Clean: everything is as it is declared.')
    expect(ran.code).toBe(0)
    await clean.end()
  })

  test('inspect shows a key of each kind', async () => {
    expect((await json('inspect', 'price', 'chain=solana', 'asset=SOL')).value).toMatchObject({
      key: 'price:solana:SOL',
      l2: { value: { price: '171.20' } },
      stored: { verdict: 'counts', tags: ['feed'] },
      loadingElsewhere: null,
    })
    expect((await json('inspect', 'price', 'chain=solana', 'asset=none')).value).toMatchObject({
      l2: null,
      stored: null,
    })
    expect((await json('inspect', 'position', 'positionId=p1')).value).toMatchObject({
      entry: { kind: 'absent' },
    })
    expect((await json('inspect', 'tradeRate', 'userId=u1')).value).toMatchObject({
      stored: { ttlMs: expect.any(Number) },
    })
    expect((await json('inspect', 'exitLock', 'positionId=p1')).value).toMatchObject({ stored: null })
  })

  test('limits are passed on', async () => {
    const { value } = await json('size', '--max-keys', '1', '--time-limit', '1s')
    expect(value).toMatchObject({ looked: { keys: expect.any(Number) } })
  })
})

describe('help', () => {
  test.each([[[]], [['--help']], [['help']]])('%j names every command and exit code', async (words) => {
    const { code, out } = await holdfast(words)
    expect(code).toBe(0)
    for (const name of ['inspect', 'audit', 'size', 'totals', 'Exit codes']) expect(out).toContain(name)
  })

  test('each command has its own', async () => {
    const { code, out } = await holdfast(['audit', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('--max-keys <number>')
  })
})

describe('what is wrong is said by name, and ends with', () => {
  const redis = ['--redis', 'redis://127.0.0.1:1']
  test.each<[number, string, readonly string[], string]>([
    [2, 'an unknown command', ['look'], "'look' is no command; there are inspect"],
    [2, 'an unknown option', ['audit', '--fast'], '--fast'],
    [2, 'no module', ['audit', ...redis], '--keyspaces is missing'],
    [
      2,
      'a module that is none',
      ['audit', ...redis, '--keyspaces', './none.js'],
      './none.js: cannot be loaded',
    ],
    [
      2,
      'a module without declarations',
      ['audit', ...redis, '--keyspaces', './test/cli/fixture.ts'],
      'exports no',
    ],
    [2, 'no Redis', ['audit', '--keyspaces', './test/cli/declarations.ts'], '--redis is missing'],
    [2, 'a URL that is none', ['audit', '--keyspaces', 'x', '--redis', 'http://x'], 'is no Redis URL'],
    [2, 'a word too many', ['totals', 'price'], "totals takes no 'price'"],
  ])('%i: %s', async (code, _what, words, problem) => {
    const ran = await holdfast(words)
    expect(ran.complaints).toContain(problem)
    expect(ran.code).toBe(code)
    expect(ran.out).toBe('')
  })

  test.each<[string, readonly string[], string]>([
    ['an unknown keyspace', ['inspect', 'prices'], "'prices' is no keyspace; there are "],
    ['a missing parameter', ['inspect', 'price', 'chain=x'], '{asset} is missing'],
    ['an unknown parameter', ['inspect', 'agent', 'agentId=x', 'id=1'], 'agent has no parameter {id}'],
    ['a parameter without a value', ['inspect', 'agent', 'a1'], "'a1' is no <parameter>=<value>"],
    ['a limit that is none', ['size', '--max-keys', 'many'], '--max-keys many'],
    ['a time that is none', ['size', '--time-limit', 'soon'], "'soon' is no duration"],
  ])('2: %s', async (_what, words, problem) => {
    const ran = await holdfast([...words, ...used.options])
    expect(ran.complaints).toContain(problem)
    expect(ran.code).toBe(2)
  })

  test('3: a Redis that is not there; the one of the environment is asked, and no password is shown', async () => {
    const keyspaces = ['--keyspaces', './test/cli/declarations.ts']
    const ran = await holdfast(['totals', ...keyspaces], 'redis://:secret@127.0.0.1:1')
    expect(ran.complaints).toContain('127.0.0.1:1')
    expect(ran.complaints).not.toContain('secret')
    expect(ran.code).toBe(3)
  })
})
