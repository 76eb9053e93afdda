import { DrizzleQueryError } from 'drizzle-orm/errors'
import { LoadError } from 'holdfast'
import { expect, test } from 'vitest'
import { createLog } from '../../src/ops/log.ts'
import { hostOf, reasonOf } from '../../src/ops/reason.ts'

/** The line of the log that tells of `error`. */
function logged(error: unknown): { text: string; err: { type: string; code?: string; message: string }[] } {
  let text = ''
  createLog('warn', { write: (line) => void (text += line) }).warn({ err: error }, 'it failed')
  return { text, err: JSON.parse(text).err }
}

const refused = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
const query = new DrizzleQueryError(
  'insert into "users" values ($1, $2)',
  ['ada@example.com', 'scrypt$131072$8$1$c2FsdA==$a2V5\n    at fake (line)'],
  refused,
)

test('an error is logged with its causes, outermost first', () => {
  const { err } = logged(new Error('outer', { cause: refused }))
  expect(err).toMatchObject([
    { type: 'Error', message: 'outer', stack: expect.stringContaining('log.test') },
    { type: 'Error', code: 'ECONNREFUSED', message: 'connection refused' },
  ])
})

test.each([
  query,
  new LoadError('user:1', query),
  new Error('outer', { cause: new LoadError('user:1', query) }),
])('a query is logged without its values, however it is wrapped: %s', (error) => {
  const { text } = logged(error)
  expect(text).toContain('insert into')
  expect(text).toContain('ECONNREFUSED')
  expect(text).not.toContain('ada@example.com')
  expect(text).not.toContain('scrypt')
  expect(text).not.toContain('a2V5')
})

test('what is no error is logged, too, and a circle of causes ends', () => {
  expect(logged('just words').err).toEqual([{ type: 'string', message: 'just words' }])
  const circle = new Error('round')
  circle.cause = circle
  expect(logged(circle).err).toHaveLength(5)
})

test('reasons are those of what failed first', () => {
  expect(reasonOf(query)).toBe('connection refused')
  expect(reasonOf(new AggregateError([refused, new Error('unreachable')]))).toBe(
    'connection refused; unreachable',
  )
  expect(reasonOf(Object.assign(new Error(''), { code: 'EPIPE' }))).toBe('EPIPE')
  expect(reasonOf('words')).toBe('words')
})

test('what is shown of a URL has no password', () => {
  expect(hostOf('postgres://me:hunter2@db.example:5432/desk?sslmode=require')).toBe('db.example:5432/desk')
  expect(hostOf('redis://:hunter2@[::1]:6379')).toBe('[::1]:6379')
  expect(hostOf('postgres://me:hunter2@:x/')).toBe('the address given')
})
