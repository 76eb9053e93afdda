import { scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashPassword, inventPassword, verifyNobody, verifyPassword } from '../../src/http/passwords.ts'

/** A stored password of little cost, made without our code. */
function cheaply(password: string): string {
  const salt = Buffer.from('a salt of 16 b..')
  const key = scryptSync(password, salt, 32, { N: 1_024, r: 8, p: 1 })
  return ['scrypt', 1_024, 8, 1, salt.toString('base64'), key.toString('base64')].join('$')
}

test('a password fits its own hash alone, and two hashes of it differ', async () => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
  expect(one).not.toBe(two)
  expect(await verifyPassword('correct horse', one)).toBe(true)
  expect(await verifyPassword('Correct horse', one)).toBe(false)
})

test('a password that was stored at another cost still fits', async () => {
  expect(await verifyPassword('old horse', cheaply('old horse'))).toBe(true)
  expect(await verifyPassword('new horse', cheaply('old horse'))).toBe(false)
})

test.each(['', 'plain text', 'bcrypt$10$salt$key', 'scrypt$1024$8$1$c2FsdA==', 'scrypt$1024$8$1$c2FsdA==$'])(
  'nothing fits the stored text %j',
  async (stored) => {
    expect(await verifyPassword('', stored)).toBe(false)
  },
)

test('nobody has a password', async () => {
  expect(await verifyNobody('')).toBe(false)
})

test('invented passwords are long and differ', () => {
  expect(inventPassword()).toMatch(/^[\w-]{20}$/)
  expect(inventPassword()).not.toBe(inventPassword())
})

test('a crowd is let in by turns, and what is beyond the queue is refused; afterwards there is room again', async () => {
  const stored = cheaply('horse')
  const crowd = await Promise.allSettled(Array.from({ length: 40 }, () => verifyPassword('horse', stored)))
  expect(crowd.filter(({ status }) => status === 'fulfilled').length).toBe(32)
  const refused = crowd.find((each) => each.status === 'rejected')
  expect(refused?.reason).toMatchObject({ code: 'BUSY' })
  const later = await Promise.all(Array.from({ length: 32 }, () => verifyPassword('horse', stored)))
  expect(later.every(Boolean)).toBe(true)
})
