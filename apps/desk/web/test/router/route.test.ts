import { describe, expect, test } from 'vitest'
import { hrefOf, parseRoute, type Route } from '../../src/router/route.ts'

describe('routes', () => {
  const routes: readonly Route[] = [
    { screen: 'market' },
    { screen: 'agents' },
    { screen: 'state' },
    { screen: 'agent', id: '4f1c', part: 'trading' },
    { screen: 'agent', id: 'odd id/1', part: 'settings' },
    { screen: 'asset', chain: 'solana', asset: 'So11111111111111111111111111111111111111112' },
    { screen: 'asset', chain: 'odd chain/1', asset: '50%/#?' },
  ]
  test.each(routes)('$screen $part is found again by its link', (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route)
  })

  test.each(['', '#', '#/', '#/nowhere', '#/asset', '#/asset/solana', '#/asset//x', '#main'])(
    '%j shows the market',
    (hash) => {
      expect(parseRoute(hash)).toEqual({ screen: 'market' })
    },
  )

  test('an agent’s unknown part is its trading', () => {
    expect(parseRoute('#/agents/4f1c/nothing')).toEqual({ screen: 'agent', id: '4f1c', part: 'trading' })
  })

  test('a broken escape is taken as it stands', () => {
    expect(parseRoute('#/asset/solana/%zz')).toEqual({ screen: 'asset', chain: 'solana', asset: '%zz' })
  })
})
