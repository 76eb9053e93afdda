import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { Agenda } from '../../src/core/agenda.ts'

/** An agenda, and what fell due when. */
function world() {
  const clock = virtualClock()
  const agenda = new Agenda(clock)
  const due: [string, number][] = []
  const make = (name: string, dueMs: number, then?: () => void) => {
    const appointment = {
      dueMs,
      earlier: undefined,
      later: undefined,
      fallDue() {
        due.push([name, clock.now()])
        then?.()
      },
    }
    agenda.add(appointment)
    return appointment
  }
  return { clock, agenda, due, make }
}

test('many in order have one timer, and fall due each at its time', async () => {
  const { clock, due, make } = world()
  make('a', 10)
  make('b', 10)
  make('c', 30)
  expect(clock.pending).toBe(1)
  await clock.advance(100)
  expect(due).toEqual([
    ['a', 10],
    ['b', 10],
    ['c', 30],
  ])
  expect(clock.pending).toBe(0)
})

test('what is removed does not fall due; nothing is left on the clock', async () => {
  const { clock, agenda, due, make } = world()
  const [a, b, early] = [make('a', 10), make('b', 20), make('early', 5)]
  expect(clock.pending).toBe(1)
  agenda.remove(a)
  agenda.remove(early)
  await clock.advance(15)
  agenda.remove(b)
  agenda.remove(b)
  expect(clock.pending).toBe(0)
  await clock.advance(100)
  expect(due).toEqual([])
})

test('one that comes late for its time falls due before those that came before it', async () => {
  const { clock, due, make } = world()
  make('late', 50)
  make('early', 20)
  make('past', -5)
  await clock.advance(60)
  expect(due).toEqual([
    ['past', 0],
    ['early', 20],
    ['late', 50],
  ])
})

test('what falls due may make the next appointment', async () => {
  const { clock, due, make } = world()
  make('a', 10, () => void make('b', 40))
  make('c', 20)
  await clock.advance(15)
  make('d', 45)
  await clock.advance(100)
  expect(due).toEqual([
    ['a', 10],
    ['c', 20],
    ['b', 40],
    ['d', 45],
  ])
})
