import { expect, test } from 'vitest'
import { isLoopback } from '../../src/ops/loopback.ts'

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('%s is this machine alone', (host) => {
  expect(isLoopback(host)).toBe(true)
})

test.each([
  '0.0.0.0',
  '::',
  '192.168.1.5',
  '10.0.0.1',
  'desk.example',
  '127.0.0.1.evil.example',
  '',
  '127.evil',
])('%j may be reached from elsewhere', (host) => {
  expect(isLoopback(host)).toBe(false)
})
