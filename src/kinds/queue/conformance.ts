import assert from 'node:assert/strict'
import { sleep, systemClock } from '../../core/clock.ts'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { Attempt, BackendWorker, NewJob, Outcome, Perform, QueueBackend, QueueRules } from './port.ts'

/** What the suite needs: backends of queues that were started, and are closed after each case. */
export interface QueueHarness {
  /** A backend of its own, as another process has one, of the queue `key`. */
  open(key: string, rules: QueueRules): Promise<QueueBackend>
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const RULES: QueueRules = {
  attempts: 3,
  concurrency: 4,
  leaseMs: 10_000,
  rate: undefined,
  keepDoneMs: 60_000,
  keepDeadMs: 60_000,
  mostKept: 1_000,
}

/** Shorter, and a busy machine is taken for a dead worker. */
const SHORT = { leaseMs: 1_000 }

const job = (id: string, more: Partial<NewJob> = {}): NewJob => ({
  id,
  payload: `of ${id}`,
  delayMs: 0,
  priority: 0,
  ...more,
})

interface Case {
  readonly backend: QueueBackend
  /** Another process on the same queue. */
  other(): Promise<QueueBackend>
  work(perform: Perform, by?: QueueBackend): BackendWorker
  readonly eventually: QueueHarness['eventually']
}

/** What a backend must never tell its workers in these cases. */
function rethrow(error: unknown): void {
  throw error
}

function withQueue(
  name: string,
  run: (given: Case) => Promise<void>,
  rules: Partial<QueueRules> = {},
): ConformanceCase<QueueHarness> {
  return {
    name,
    async run({ open, freshKey, eventually }) {
      const key = freshKey()
      const all = { ...RULES, ...rules }
      const backend = await open(key, all)
      const workers: BackendWorker[] = []
      try {
        await run({
          backend,
          other: () => open(key, all),
          work(perform, by = backend) {
            const worker = by.work(perform, rethrow)
            workers.push(worker)
            return worker
          },
          eventually,
        })
      } finally {
        await Promise.all(workers.map((worker) => worker.abandon()))
      }
    },
  }
}

const done = (result: string): Outcome => ({ state: 'done', result })

/** Queues, as every backend must keep them. */
export const queueConformance: readonly ConformanceCase<QueueHarness>[] = [
  withQueue('a job is done, and its result can be asked for', async ({ backend, work, eventually }) => {
    await backend.add([job('a')])
    assert.equal((await backend.find('a'))?.state, 'waiting')
    work(async ({ payload, number }) => done(`${payload}, attempt ${number}`))
    await eventually(async () => (await backend.find('a'))?.state === 'done')
    const found = await backend.find('a')
    assert.deepEqual(
      { result: found?.result, attempts: found?.attempts, payload: found?.payload },
      { result: 'of a, attempt 1', attempts: 1, payload: 'of a' },
    )
    assert.equal(await backend.find('b'), undefined)
  }),
  withQueue('an id that is known is not added again', async ({ backend, work, eventually }) => {
    const seen: string[] = []
    await backend.add([job('a:1'), job('a:1', { payload: 'another' })])
    await backend.add([job('a:1', { payload: 'another' })])
    work(async ({ id, payload }) => {
      seen.push(`${id} ${payload}`)
      return done('')
    })
    await eventually(async () => (await backend.find('a:1'))?.state === 'done')
    await backend.add([job('a:1'), job('last')])
    await eventually(async () => (await backend.find('last'))?.state === 'done')
    assert.deepEqual(seen, ['a:1 of a:1', 'last of last'])
  }),
  withQueue(
    'jobs come by priority, and by age',
    async ({ backend, work, eventually }) => {
      const order: string[] = []
      await backend.add([
        job('late', { priority: 9 }),
        job('first'),
        job('middle', { priority: 5 }),
        job('second'),
      ])
      work(async ({ id }) => {
        order.push(id)
        return done('')
      })
      await eventually(() => order.length === 4)
      assert.deepEqual(order, ['first', 'second', 'middle', 'late'])
    },
    { concurrency: 1 },
  ),
  withQueue('a delayed job waits', async ({ backend, work, eventually }) => {
    const order: string[] = []
    await backend.add([job('later', { delayMs: 1_000 })])
    await backend.add([job('now')])
    assert.equal((await backend.find('later'))?.state, 'delayed')
    work(async ({ id }) => {
      order.push(id)
      return done('')
    })
    await eventually(() => order.length === 2)
    assert.deepEqual(order, ['now', 'later'])
  }),
  withQueue(
    'a failed attempt comes again, the last one makes the job dead, and it can be re-driven',
    async ({ backend, work, eventually }) => {
      const numbers: number[] = []
      let isWell = false
      await backend.add([job('a')])
      work(async ({ number }) => {
        numbers.push(number)
        if (isWell) return done('well')
        const reason = `attempt ${number} failed`
        return number < 3 ? { state: 'again', reason, delayMs: 20 } : { state: 'dead', reason }
      })
      await eventually(async () => (await backend.find('a'))?.state === 'dead')
      const [dead, ...rest] = await backend.dead(10)
      assert.deepEqual(rest, [])
      assert.deepEqual(
        { id: dead?.id, reason: dead?.reason, attempts: dead?.attempts },
        { id: 'a', reason: 'attempt 3 failed', attempts: 3 },
      )
      isWell = true
      assert.equal(await backend.redrive('a'), true)
      await eventually(async () => (await backend.find('a'))?.state === 'done')
      assert.equal(await backend.redrive('a'), false)
      assert.equal(await backend.redrive('nobody'), false)
      assert.deepEqual(numbers, [1, 2, 3, 1])
      assert.deepEqual(await backend.dead(10), [])
    },
  ),
  withQueue('a job may be dead at once', async ({ backend, work, eventually }) => {
    await backend.add([job('a')])
    work(async () => ({ state: 'dead', reason: 'never' }))
    await eventually(async () => (await backend.find('a'))?.state === 'dead')
    assert.equal((await backend.find('a'))?.attempts, 1)
  }),
  withQueue('the wait after a failure is kept', async ({ backend, work, eventually }) => {
    const atMs: number[] = []
    await backend.add([job('a')])
    work(async ({ number }) => {
      atMs.push(systemClock.now())
      return number === 1 ? { state: 'again', reason: '', delayMs: 300 } : done('')
    })
    await eventually(async () => (await backend.find('a'))?.state === 'delayed')
    await eventually(() => atMs.length === 2)
    const [first = 0, second = 0] = atMs
    assert.ok(second - first >= 290, `it came after ${second - first} ms`)
  }),
  withQueue(
    'a worker has no more than its share at once, and is given the next when one is done',
    async ({ backend, work, eventually }) => {
      let running = 0
      let most = 0
      let ended = 0
      await backend.add(Array.from({ length: 12 }, (_, index) => job(`j${index}`)))
      work(async () => {
        most = Math.max(most, ++running)
        await pause(15)
        running--
        ended++
        return done('')
      })
      await eventually(() => ended === 12)
      assert.equal(most, 4)
    },
  ),
  withQueue('workers share the jobs, each is done once', async ({ backend, other, work, eventually }) => {
    const seen: string[] = []
    const perform = async ({ id }: Attempt): Promise<Outcome> => {
      seen.push(id)
      await pause(1)
      return done('')
    }
    const second = await other()
    work(perform)
    work(perform, second)
    const ids = Array.from({ length: 60 }, (_, index) => `j${index}`)
    await backend.add(ids.map((id) => job(id)))
    await eventually(async () => (await backend.counts()).done === 60)
    assert.deepEqual(seen.toSorted(), ids.toSorted())
  }),
  withQueue(
    'what a worker had when it fell silent goes to another one, and what it still says does not count',
    async ({ backend, other, work, eventually }) => {
      let finishLate: (outcome: Outcome) => void = () => undefined
      await backend.add([job('a')])
      const silent = work(() => new Promise((resolve) => (finishLate = resolve)))
      await eventually(async () => (await backend.find('a'))?.state === 'active')
      await silent.abandon()
      const second = await other()
      work(async ({ number }) => done(`by the second, attempt ${number}`), second)
      await eventually(async () => (await backend.find('a'))?.state === 'done')
      finishLate(done('by the first'))
      await pause(50)
      assert.equal((await backend.find('a'))?.result, 'by the second, attempt 2')
    },
    SHORT,
  ),
  withQueue(
    'a job keeps its worker for as long as that lives',
    async ({ backend, other, work, eventually }) => {
      let started = 0
      await backend.add([job('a')])
      const perform = async ({ lost }: Attempt): Promise<Outcome> => {
        started++
        await pause(2_200)
        return done(lost.isLost ? 'lost' : 'kept')
      }
      work(perform)
      work(perform, await other())
      await eventually(async () => (await backend.find('a'))?.state === 'done')
      assert.deepEqual([started, (await backend.find('a'))?.result], [1, 'kept'])
    },
    SHORT,
  ),
  withQueue(
    'so many begin in so long, over all workers',
    async ({ backend, other, work, eventually }) => {
      const atMs: number[] = []
      const perform = async (): Promise<Outcome> => {
        atMs.push(systemClock.now())
        return done('')
      }
      await backend.add(Array.from({ length: 7 }, (_, index) => job(`j${index}`)))
      work(perform)
      work(perform, await other())
      await eventually(() => atMs.length === 7)
      for (let index = 3; index < atMs.length; index++) {
        const apartMs = (atMs[index] ?? 0) - (atMs[index - 3] ?? 0)
        assert.ok(apartMs > 150, `4 began within ${apartMs} ms`)
      }
    },
    { rate: { max: 3, perMs: 400 } },
  ),
  withQueue('what an attempt reports can be seen', async ({ backend, work, eventually }) => {
    let finish: (outcome: Outcome) => void = () => undefined
    await backend.add([job('a')])
    work(async ({ report }) => {
      await report('half')
      return new Promise((resolve) => (finish = resolve))
    })
    await eventually(async () => (await backend.find('a'))?.progress === 'half')
    finish(done(''))
    await eventually(async () => (await backend.find('a'))?.state === 'done')
  }),
  withQueue(
    'drained, a worker ends what it has, and takes no more',
    async ({ backend, work, eventually }) => {
      let finish: (outcome: Outcome) => void = () => undefined
      let isDrained = false
      await backend.add([job('a')])
      const worker = work(async ({ id }) =>
        id === 'a' ? new Promise((resolve) => (finish = resolve)) : done(''),
      )
      await eventually(async () => (await backend.find('a'))?.state === 'active')
      const drained = worker.drain().then(() => (isDrained = true))
      await pause(50)
      assert.equal(isDrained, false)
      finish(done(''))
      await drained
      assert.equal((await backend.find('a'))?.state, 'done')
      await backend.add([job('b')])
      await pause(300)
      assert.equal((await backend.find('b'))?.state, 'waiting')
    },
  ),
  withQueue('jobs are counted by their state, and can be removed', async ({ backend, work, eventually }) => {
    await backend.add([job('bad'), job('good'), job('hung')])
    const worker = work(async ({ id }) => {
      if (id === 'bad') return { state: 'dead', reason: 'bad' }
      return id === 'good' ? done('') : new Promise(() => undefined)
    })
    await eventually(async () => (await backend.counts()).dead === 1 && (await backend.counts()).done === 1)
    await worker.abandon()
    await backend.add([job('later', { delayMs: 60_000 }), job('low', { priority: 3 })])
    assert.deepEqual(await backend.counts(), { waiting: 1, delayed: 1, active: 1, done: 1, dead: 1 })
    assert.equal(await backend.remove('hung'), false)
    for (const id of ['bad', 'good', 'later', 'low']) assert.equal(await backend.remove(id), true)
    assert.equal(await backend.remove('low'), false)
    assert.deepEqual(await backend.counts(), { waiting: 0, delayed: 0, active: 1, done: 0, dead: 0 })
  }),
]

function pause(ms: number): Promise<void> {
  return sleep(systemClock, ms)
}
