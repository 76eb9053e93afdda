import { setTimeout as wait } from 'node:timers/promises'
import { closeGate, openGate } from 'holdfast'
import { movesSince, nonceOf } from '../gate-watch.ts'
import { pooledTruth } from '../pooled-truth.ts'
import { backUp, replaceFiles } from '../servers/postgres-files.ts'
import { NAMESPACE, type World } from '../world.ts'
import type { Scenario } from './scenario.ts'

/** PostgreSQL is down for longer than a lease: who read its last answer just before trusts Redis for so long. */
const LEAST_DOWN_MS = 2_000

const now = (): number => Number(process.hrtime.bigint())

/** PostgreSQL goes back to a backup, under load. What was committed since never was; Redis still has it. */
export const restore: Scenario = {
  name: 'restore',
  about: 'PostgreSQL is restored from a backup of its files, while the processes go on.',
  async happen({ world, seconds, tell }) {
    const backup = await backUp(world)
    tell('a backup is taken')
    await wait((seconds * 1_000) / 2)
    // The lost history has an epoch of the same number as the next one of the backup.
    await moveGate(world)
    tell('the gate is closed and opened by hand')
    await wait((seconds * 1_000) / 2)
    const nonce = await nonceOf(world)
    const leastUntil = performance.now() + LEAST_DOWN_MS
    tell('PostgreSQL is stopped', true)
    await world.stopPostgres()
    const lost = await replaceFiles(world, backup)
    await wait(Math.max(0, leastUntil - performance.now()))
    const startNs = now()
    const startMs = Date.now()
    await world.startPostgres()
    tell('PostgreSQL is back, as it was when the backup was taken')
    return {
      async problems() {
        const moves = await movesSince(world, startMs)
        return [
          ...(moves.some(({ state }) => state === 'closed') ? [] : ['the gate was not closed']),
          ...((await nonceOf(world)) === nonce ? ['the nonce was not rotated'] : []),
        ]
      },
      // Two histories: one that was lost, and one that began with the backup. What began in the one and ended in the
      // other belongs to neither.
      async judge(judgePart) {
        const restored = await judgePart(({ start }) => start > startNs)
        await world.stopPostgres()
        const kept = await replaceFiles(world, lost)
        await world.startPostgres()
        const lostPart = await judgePart(({ end }) => end < startNs)
        await world.stopPostgres()
        await replaceFiles(world, kept)
        await world.startPostgres()
        return [restored, lostPart]
      },
    }
  },
}

async function moveGate(world: World): Promise<void> {
  const truth = pooledTruth(world.pool)
  await closeGate(truth, 'a drill', { namespace: NAMESPACE })
  await openGate(truth, { namespace: NAMESPACE })
}
