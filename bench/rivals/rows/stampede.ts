import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { within } from '../deadline.ts'
import { withNodes } from '../nodes.ts'
import { failed, type Library, type Outcome, passed, type Row, type Where } from '../port.ts'
import type { CallersAnswer, CallersOrder } from '../callers.ts'

const CALLERS = 20
const FAILS_AFTER_MS = 50
/** A convoy of 20 takes a second; one load, and a few turns of a busy machine, much less. */
const SLOWEST_MS = 500
const MOST_LOADS = 2

const PROCESSES = 4
const CALLERS_EACH = 2_500
const ROUNDS = 3
const ROUND_LIMIT_MS = 10_000

/** A source that is down must not make its callers queue. */
async function failingStampede(library: Library, where: Where): Promise<Outcome> {
  let loads = 0
  const fail = async (): Promise<never> => {
    loads += 1
    await sleep(FAILS_AFTER_MS)
    throw new Error('the source is down')
  }
  return withNodes(library, { where, source: { load: fail, loadMany: fail } }, async (nodes) => {
    const node = await nodes.open()
    const startMs = performance.now()
    const calls = Array.from({ length: CALLERS }, () => node.get('k').catch(() => undefined))
    await within('the reads', Promise.all(calls))
    const slowestMs = Math.round(performance.now() - startMs)
    const observed = `${loads} ${loads === 1 ? 'load' : 'loads'}, the slowest caller waits ${slowestMs} ms`
    return loads <= MOST_LOADS && slowestMs <= SLOWEST_MS ? passed(observed) : failed(observed)
  })
}

/** 10,000 callers of a cold key, a quarter of them in each of four processes. */
async function acrossProcesses(library: Library, where: Where): Promise<Outcome> {
  const program = fileURLToPath(new URL('../callers.js', import.meta.url))
  const namespace = `rivals-${randomUUID().slice(0, 8)}`
  const children = Array.from({ length: PROCESSES }, () =>
    fork(program, [JSON.stringify({ library: library.name, where, namespace })]),
  )
  try {
    await within('the processes', Promise.all(children.map((child) => once(child, 'message'))), 15_000)
    const rounds: CallersAnswer[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const order: CallersOrder = { key: `k${round}`, callers: CALLERS_EACH }
      const answers = children.map(async (child) => {
        const [answer] = (await once(child, 'message')) as [CallersAnswer]
        return answer
      })
      for (const child of children) child.send(order)
      const each = await within('the reads', Promise.all(answers), ROUND_LIMIT_MS)
      rounds.push({
        loads: each.reduce((sum, { loads }) => sum + loads, 0),
        wrong: each.reduce((sum, { wrong }) => sum + wrong, 0),
        slowestMs: Math.max(...each.map(({ slowestMs }) => slowestMs)),
      })
    }
    const wrong = rounds.reduce((sum, round) => sum + round.wrong, 0)
    const observed = `${rounds.map(({ loads }) => loads).join(', ')} loads, slowest ${Math.max(
      ...rounds.map(({ slowestMs }) => slowestMs),
    )} ms${wrong > 0 ? `, ${wrong} wrong answers` : ''}`
    return rounds.every(({ loads }) => loads === 1) && wrong === 0 ? passed(observed) : failed(observed)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

/** Many callers at once, and a loader that fails. */
export const stampede = {
  v16: {
    row: 'V16',
    scenario: `${CALLERS} callers miss at once and the loader fails after ${FAILS_AFTER_MS} ms`,
    needs: ['loader'],
    run: failingStampede,
  },
  v17: {
    row: 'V17',
    scenario: `10,000 callers miss at once, in ${PROCESSES} processes (${ROUNDS} rounds)`,
    needs: ['loader'],
    topologies: ['standalone', 'cluster'],
    run: acrossProcesses,
  },
} satisfies Record<string, Row>
