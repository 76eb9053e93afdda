import { describe, expect, test } from 'vitest'
import { fieldPath, patchBetween, valueAt, withValue } from '../../src/settings/config-tree.ts'

const config = {
  stopLoss: { enabled: true, initialPercent: '-32', zones: [{ upToPercent: '25', keepPercent: '50' }] },
  dca: { template: 'off' },
}

describe('a config', () => {
  test('is read by path', () => {
    expect(valueAt(config, ['stopLoss', 'zones', 0, 'keepPercent'])).toBe('50')
    expect(valueAt(config, ['stopLoss', 'zones', 1, 'keepPercent'])).toBeUndefined()
    expect(valueAt(config, ['stopLoss', 'initialPercent', 'deeper'])).toBeUndefined()
  })

  test('is changed at one place, and nowhere else', () => {
    const changed = withValue(config, ['stopLoss', 'zones', 0, 'keepPercent'], '60')
    expect(valueAt(changed, ['stopLoss', 'zones', 0, 'keepPercent'])).toBe('60')
    expect(valueAt(changed, ['stopLoss', 'zones', 0, 'upToPercent'])).toBe('25')
    expect(changed['dca']).toBe(config.dca)
    expect(config.stopLoss.zones[0]?.keepPercent).toBe('50')
  })

  test('is sent as the fields that differ, lists as a whole', () => {
    const changed = withValue(
      withValue(config, ['stopLoss', 'initialPercent'], '-20'),
      ['stopLoss', 'zones', 0, 'upToPercent'],
      null,
    )
    expect(patchBetween(config, changed)).toEqual({
      stopLoss: { initialPercent: '-20', zones: [{ upToPercent: null, keepPercent: '50' }] },
    })
    expect(patchBetween(config, withValue(config, ['dca', 'template'], 'off'))).toEqual({})
  })
})

describe('a field’s path', () => {
  test('has one spelling', () => {
    expect(fieldPath('takeProfit.levels[1].gainPercent')).toBe('takeProfit.levels.1.gainPercent')
    expect(fieldPath(['takeProfit', 'levels', 1, 'gainPercent'])).toBe('takeProfit.levels.1.gainPercent')
  })
})
