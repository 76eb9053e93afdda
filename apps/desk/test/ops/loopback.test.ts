import { expect, test } from 'vitest'
import { isLoopback, namesLoopback } from '../../src/ops/loopback.ts'

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

test.each(['localhost:4400', 'LocalHost', '127.0.0.1:80', '127.0.0.1', '[::1]:4400', '[::1]'])(
  'a request for %s names this machine',
  (host) => {
    expect(namesLoopback(host)).toBe(true)
  },
)

test.each([
  undefined,
  '',
  'rebound.example:4400',
  '127.0.0.1.rebound.example',
  'localhost.rebound.example',
  'localhost:4400:1',
  'rebound.example@localhost',
  '[::1].rebound.example',
  '192.168.1.5:4400',
  ':4400',
])('a request for %j does not', (host) => {
  expect(namesLoopback(host)).toBe(false)
})
