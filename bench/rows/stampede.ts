import { setTimeout as wait } from 'node:timers/promises'
import { cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { median, timeMs } from '../measure.ts'
import { startProgram } from '../programs/start.ts'
import type { CallerOrder, CallerReport } from '../programs/stampede-caller.ts'
import type { Row } from '../row.ts'

/** How long the load takes that everybody waits for. */
const LOAD_MS = 50
const CALLERS = 10_000

const oneProcess: Row = {
  row: 'stampede.1',
  about: `${CALLERS.toLocaleString('en')} callers at once ask one process for an absent key whose load takes ${LOAD_MS} ms`,
  async run({ redisUrl, isQuick }) {
    let loads = 0
    let profiled = 0
    const load = async (): Promise<string> => {
      loads++
      await wait(LOAD_MS)
      return 'loaded'
    }
    const quote = cached({
      key: 'quote:{id}',
      about: 'Slow.',
      value: z.string(),
      ttl: '1h',
      l1: { max: 100 },
      load,
    })
    const state = await open({ quote }, { store: redisStore({ url: redisUrl }) })
    const lru = new LRUCache<string, string>({ max: 100, ttl: 3_600_000, fetchMethod: load })
    const ask = (call: () => Promise<unknown>) =>
      timeMs(() => Promise.all(Array.from({ length: CALLERS }, call)))
    const [ours, theirs, loadsEach]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < (isQuick ? 3 : 15); round++) {
      const id = { id: String(round) }
      loads = 0
      ours.push(await ask(() => state.quote.get(id)))
      loadsEach.push(loads)
      theirs.push(await ask(() => lru.fetch(id.id)))
    }
    return {
      comparisons: [
        {
          part: 'loads',
          value: Math.max(...loadsEach),
          unit: 'loads in the worst round',
          against: 'one',
          target: { atMost: 1 },
        },
        {
          part: 'until all have it',
          value: median(ours),
          unit: 'ms',
          against: 'lru-cache fetch',
          againstValue: median(theirs),
          target: { atMost: 1.3 },
          note: 'new LRUCache({ max, ttl, fetchMethod }); ours asks Redis and stores there, too',
        },
      ],
      async ours() {
        await ask(() => state.quote.get({ id: `profiled-${profiled}` }))
        profiled++
      },
      close: () => state.close(),
    }
  },
}

const PROCESSES = 4

const fourProcesses: Row = {
  row: 'stampede.4x1000',
  about: `${PROCESSES} processes with 1,000 callers each ask at once for an absent key whose load takes ${LOAD_MS} ms`,
  async run({ redisUrl, isQuick }) {
    const programs = Array.from({ length: PROCESSES }, () =>
      startProgram<CallerOrder, CallerReport>(new URL('../programs/stampede-caller.js', import.meta.url)),
    )
    try {
      const askAll = (order: CallerOrder) => Promise.all(programs.map(({ ask }) => ask(order)))
      await askAll({ redisUrl, key: 'first', callers: 10, loadMs: 1 })
      const [loads, slowestMs]: [number[], number[]] = [[], []]
      for (let round = 0; round < (isQuick ? 3 : 15); round++) {
        const reports = await askAll({ redisUrl, key: `round-${round}`, callers: 1_000, loadMs: LOAD_MS })
        loads.push(reports.reduce((sum, report) => sum + report.loads, 0))
        slowestMs.push(Math.max(...reports.map((report) => report.slowestMs)))
      }
      return {
        comparisons: [
          {
            part: 'loads',
            value: Math.max(...loads),
            unit: 'loads in the worst round',
            against: 'one',
            target: { atMost: 1 },
          },
          {
            part: 'slowest caller',
            value: median(slowestMs),
            unit: 'ms',
            against: 'the load',
            againstValue: LOAD_MS,
            target: { atMost: 2 },
            note: 'of the slowest of all callers of a round, the median of the rounds; waiters are woken by the fill',
          },
        ],
      }
    } finally {
      for (const { stop } of programs) stop()
    }
  },
}

/** The rows of stampedes. */
export const stampedeRows: readonly Row[] = [oneProcess, fourProcesses]
