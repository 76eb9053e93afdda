import { describe, expect, test } from 'vitest'
import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { ApiProblem } from '../../src/api/problem.ts'
import type { TradingConfig as ConfigTree } from '../../src/api/trading-shapes.ts'
import { valueAt, withValue } from '../../src/settings/config-tree.ts'
import { sectionsFor } from '../../src/settings/sections.ts'
import { settingErrors } from '../../src/settings/setting-errors.ts'

const config = TradingConfig.parse({}) as ConfigTree
const sections = sectionsFor(['USDC'])

function refusal(fields: Readonly<Record<string, string>>): ApiProblem {
  return new ApiProblem({
    status: 400,
    code: 'CONFIG_CONTRADICTORY',
    title: 'Bad Request',
    detail: 'It contradicts itself.',
    fields: new Map(Object.entries(fields)),
  })
}

describe('a setting', () => {
  test.each(
    sections.flatMap(({ settings }) => settings).map((setting) => [setting.path.join('.'), setting] as const),
  )('%s is one that the desk knows', (_, setting) => {
    const value = valueAt(config, setting.path)
    const expected = { text: 'string', whole: 'number', switch: 'boolean', choice: 'string', rows: 'object' }
    expect(typeof value).toBe(expected[setting.kind])
  })

  test('of a choice takes all that the desk offers, and nothing else', () => {
    const choices = sections.flatMap(({ settings }) =>
      settings.filter((setting) => setting.kind === 'choice'),
    )
    for (const { path, options } of choices) {
      for (const { value } of options)
        expect(TradingConfig.safeParse(withValue(config, path, value)).success).toBe(true)
      expect(TradingConfig.safeParse(withValue(config, path, 'something else')).success).toBe(false)
    }
  })
})

describe('what the desk refuses', () => {
  test('stands beside its field, whichever way the desk writes the path', () => {
    const { fields, rest } = settingErrors(
      refusal({
        'takeProfit.levels[1].gainPercent': 'must be above the level before',
        'stopLoss.initialPercent': 'must be below 0',
        'purchase.limits.USDC.sizes.0.least': 'must not be above most',
      }),
      sections,
      config,
    )
    expect([...fields.keys()]).toEqual([
      'takeProfit.levels.1.gainPercent',
      'stopLoss.initialPercent',
      'purchase.limits.USDC.sizes.0.least',
    ])
    expect(fields.get('stopLoss.initialPercent')).toBe('Must be below 0.')
    expect(rest).toEqual([])
  })

  test('is said by name where no field is on screen', () => {
    const { fields, rest } = settingErrors(
      refusal({ 'stopLoss.zones[0].keepPercent': 'must be below 100', 'signals.holders.min': 'is odd' }),
      sections,
      config,
    )
    expect(fields.size).toBe(0)
    expect(rest).toEqual(['stopLoss.zones.0.keepPercent: Must be below 100.', 'signals.holders.min: Is odd.'])
  })

  test('as a whole is said as a whole', () => {
    expect(settingErrors(new Error('offline'), sections, config).rest).toEqual(['offline'])
    expect(settingErrors(null, sections, config).rest).toEqual([])
  })
})
