import { DeclarationError, open, type State, type StoreFactory, topic } from 'holdfast'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { stores } from '../../servers/stores.ts'

// Each event is worked on by one consumer of a group, until it is done or was tried too often.

const orders = topic({ key: 'orders:{venue}', about: 'To be sent.', value: z.number() })
type Desk = State<{ readonly orders: typeof orders }>
const id = { venue: 'paper' }

describe.each(Object.entries(stores))('%s', (_name, make) => {
  const desks: Desk[] = []
  const openDesk = async (store: StoreFactory): Promise<Desk> => {
    const desk = await open({ orders }, { store })
    desks.push(desk)
    return desk
  }
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.close()))
  })
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

  test('the consumers of a group share the work, in several processes; each group gets all', async () => {
    const store = make()
    const [one, two] = [await openDesk(store), await openDesk(store)]
    const done: number[] = []
    const busy = new Set<string>()
    for (const [desk, name] of [
      [one, 'a'],
      [one, 'b'],
      [two, 'c'],
    ] as const)
      desk.orders.consume(id, 'workers', async ({ value }) => {
        busy.add(name)
        await new Promise((resolve) => setImmediate(resolve))
        done.push(value)
      })
    const audited: number[] = []
    two.orders.consume(id, 'audit', ({ value }) => void audited.push(value))
    for (const value of upTo(200)) await one.orders.publish(id, value)
    await eventually(() => done.length >= 200 && audited.length >= 200)
    expect(done.toSorted((a, b) => a - b)).toEqual(upTo(200))
    expect(audited).toEqual(upTo(200))
    expect(busy.size).toBe(3)
  })

  test('what a handler failed at is tried again, and buried with its reason after the last attempt', async () => {
    const { orders: opened } = await openDesk(make())
    const attempts: number[] = []
    const handler = ({ value }: { value: number }, work: { attempt: number }): void => {
      if (value !== 13) return
      attempts.push(work.attempt)
      throw new Error('13 is refused')
    }
    opened.consume(id, 'workers', handler, { attempts: 3, claimAfter: '100ms' })
    for (const value of [12, 13, 14]) await opened.publish(id, value)
    await eventually(async () => (await opened.buried(id, 'workers')).length === 1)
    expect(attempts).toEqual([1, 2, 3])
    const [buried] = await opened.buried(id, 'workers')
    expect(buried).toMatchObject({ seq: 2, reason: '13 is refused', attempts: 3, payload: '13' })
  })

  test('a handler that hangs and ignores its signal holds up nobody for longer than its timeout', async () => {
    const { orders: opened } = await openDesk(make())
    const seen: number[] = []
    let reason: unknown
    opened.consume(
      id,
      'workers',
      ({ value }, { signal }) => {
        seen.push(value)
        signal.addEventListener('abort', () => (reason = signal.reason))
        return value === 1 ? new Promise(() => undefined) : undefined
      },
      { attempts: 1, timeout: '50ms' },
    )
    await opened.publish(id, 1)
    await opened.publish(id, 2)
    await eventually(() => seen.length === 2)
    expect(String(reason)).toContain('longer than 50 ms')
    expect((await opened.buried(id, 'workers'))[0]?.reason).toContain('longer than 50 ms')
  })

  test('a handler that is slow but alive keeps its event; a consumer that stops finishes it', async () => {
    const { orders: opened } = await openDesk(make())
    const begun: string[] = []
    let finish = (): void => undefined
    const slow = opened.consume(
      id,
      'workers',
      () => {
        begun.push('slow')
        return new Promise<void>((resolve) => (finish = resolve))
      },
      { claimAfter: '150ms' },
    )
    await opened.publish(id, 1)
    await eventually(() => begun.length === 1)
    opened.consume(id, 'workers', () => void begun.push('other'), { claimAfter: '150ms' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(begun).toEqual(['slow'])
    const stopped = slow.stop()
    finish()
    await stopped
    await opened.publish(id, 2)
    await eventually(() => begun.length === 2)
    expect(begun).toEqual(['slow', 'other'])
  })

  test('what is no group and no rule is refused by name', async () => {
    const { orders: opened } = await openDesk(make())
    const consume = (group: string, options: object): unknown =>
      opened.consume(id, group, () => undefined, options)
    expect(() => consume('a:b', {})).toThrow(/orders\.consume\.group/)
    expect(() => consume('a', { concurrency: 0 })).toThrow(/orders\.consume\.concurrency/)
    expect(() => consume('a', { attempts: 1.5 })).toThrow(/orders\.consume\.attempts/)
    expect(() => consume('a', { claimAfter: '1ms' })).toThrow(DeclarationError)
    expect(() => opened.consume(id, 'a', 'x' as never)).toThrow(/orders\.consume\.handler/)
  })
})
