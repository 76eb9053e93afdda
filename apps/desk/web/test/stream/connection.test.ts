import { describe, expect, test } from 'vitest'
import { causeWords, connectionWords } from '../../src/stream/connection.ts'

const wall = Date.UTC(2026, 0, 2, 14, 2, 11)

describe('a connection in words', () => {
  test('counts down to the next attempt, with the reason and the last message', () => {
    const words = connectionWords({ kind: 'waiting', since: wall, retryAt: wall + 2_100, cause: 1001 }, wall)
    expect(words.label).toBe('Reconnecting in 3 s')
    expect(words.detail).toBe('The desk is restarting or has stopped. The last message came at 14:02:11 UTC.')
  })

  test('says since when it is stale', () => {
    expect(connectionWords({ kind: 'quiet', since: wall }, wall + 20_000).label).toBe('Stale since 14:02:11')
  })

  test('does not count below zero', () => {
    const connection = { kind: 'waiting', since: null, retryAt: wall, cause: 1006 } as const
    expect(connectionWords(connection, wall + 5_000).label).toBe('Reconnecting…')
  })

  test('is one word when all is well', () => {
    expect(connectionWords({ kind: 'live' }, wall).label).toBe('Live')
  })

  test('has a reason of its own for each code of the desk', () => {
    const reasons = ([1001, 1006, 4408, 4413, 4429, 'silent', 'unanswered'] as const).map(causeWords)
    expect(new Set(reasons).size).toBe(reasons.length)
  })
})
