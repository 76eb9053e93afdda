import { expect, test } from 'vitest'
import { Coherence } from '../../src/redis/coherence.ts'

function world() {
  const told: string[] = []
  const coherence = new Coherence({
    changed: (key) => void told.push(`changed ${key}`),
    ticketChanged: (key) => void told.push(`ticket ${key}`),
    lost: () => void told.push('lost'),
    resumed: () => void told.push('resumed'),
  })
  const since = (): string[] => told.splice(0)
  return { coherence, a: coherence.join(), b: coherence.join(), since }
}

test('each feed that is whole resumes; changes of all are told', () => {
  const { a, b, since } = world()
  a.listener.resumed()
  b.listener.resumed()
  a.listener.changed('x')
  b.listener.ticketChanged('y')
  expect(since()).toEqual(['resumed', 'resumed', 'changed x', 'ticket y'])
})

test('one that is lost makes everything doubtful, and the others go on', () => {
  const { a, b, since } = world()
  a.listener.resumed()
  b.listener.resumed()
  since()
  a.listener.lost()
  expect(since()).toEqual(['lost', 'resumed'])
  a.listener.lost()
  expect(since()).toEqual([])
  b.listener.lost()
  expect(since()).toEqual(['lost'])
  a.listener.resumed()
  expect(since()).toEqual(['resumed'])
})

test('one that leaves is lost, and says nothing afterwards', () => {
  const { a, b, since } = world()
  a.listener.resumed()
  b.listener.resumed()
  since()
  a.leave()
  expect(since()).toEqual(['lost', 'resumed'])
  a.listener.lost()
  a.listener.resumed()
  b.leave()
  expect(since()).toEqual(['lost'])
})

test('a doubt is told while there is something to doubt', () => {
  const { coherence, a, since } = world()
  coherence.doubt()
  expect(since()).toEqual([])
  a.listener.resumed()
  since()
  coherence.doubt()
  expect(since()).toEqual(['lost', 'resumed'])
})
