import { parseArgs } from 'citty'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { OPTIONS, readCommandLine } from '../../src/ops/command-line.ts'

const read = (...line: string[]) => readCommandLine(parseArgs(line, OPTIONS))

beforeEach(() => {
  for (const name of ['PORT', 'DATA_DIR', 'SIMULATOR_SEED', 'DATABASE_URL', 'REDIS_URL', 'HOST'])
    vi.stubEnv(name, '')
})
afterEach(() => void vi.unstubAllEnvs())

test('without options the desk simulates, with the settings of the environment', () => {
  vi.stubEnv('PORT', '4401')
  expect(read()).toMatchObject({ settings: { port: 4_401, dataDir: '.data' }, replay: undefined })
})

test('options win over the environment', () => {
  vi.stubEnv('PORT', '4401')
  const { settings } = read('--port', '4402', '--health-port', '4403', '--data-dir', '/tmp/x', '--seed=other')
  expect(settings).toMatchObject({
    port: 4_402,
    healthPort: 4_403,
    dataDir: '/tmp/x',
    simulatorSeed: 'other',
  })
})

test('a replay is asked for by its file', () => {
  const { replay } = read(
    '--replay',
    'dump.csv',
    '--symbol',
    'XRPETH',
    '--speed',
    '60',
    '--loop',
    '--max-malformed',
    '5',
  )
  expect(replay).toEqual({
    file: 'dump.csv',
    pair: { symbol: 'XRPETH', base: 'XRP', quote: 'ETH' },
    speed: 60,
    layout: null,
    loop: true,
    maxMalformed: 5,
  })
})

describe('refused, by name', () => {
  test.each([
    [['--port', '-1'], /^PORT: /],
    [['--health-port', '70000'], /^HEALTH_PORT: /],
    [['--prot', '4400'], /^(--prot|4400): is no option/],
    [['--prot=4400'], /^--prot: is no option/],
    [['-p'], /^--p: is no option/],
    [['--no-color'], /^--color: is no option/],
    [['dump.csv'], /^dump\.csv: is no option/],
    [['--replay'], /^--replay: name the file/],
    [['--replay', '', '--symbol', 'XRPETH'], /^--replay: name the file/],
    [['--replay', 'dump.csv'], /^--symbol: /],
    [['--replay', 'dump.csv', '--symbol', 'XRP ETH'], /^--symbol: /],
    [['--replay', 'dump.csv', '--symbol', 'FOOBAR'], /^--symbol: .*--quote/],
    [['--replay', 'dump.csv', '--symbol', 'XRPETH', '--speed', 'fast'], /^--speed: /],
    [['--replay', 'dump.csv', '--symbol', 'XRPETH', '--speed', '-1'], /^--speed: /],
    [['--replay', 'dump.csv', '--symbol', 'XRPETH', '--speed'], /^--speed: /],
    [['--replay', 'dump.csv', '--symbol', 'XRPETH', '--layout', 'json'], /^--layout: /],
    [['--replay', 'dump.csv', '--symbol', 'XRPETH', '--max-malformed', 'x'], /^--max-malformed: /],
    [['--symbol', 'XRPETH'], /^--symbol: is for a replay/],
    [['--speed', '60'], /^--speed: is for a replay/],
    [['--loop'], /^--loop: is for a replay/],
    [['--max-malformed', '1'], /^--max-malformed: is for a replay/],
  ])('%j', (line, message) => {
    expect(() => read(...line)).toThrow(message)
  })
})
