import { setTimeout as wait } from 'node:timers/promises'
import { closeGate, openGate } from 'holdfast'
import { inTime } from '../in-time.ts'
import { pooledTruth } from '../pooled-truth.ts'
import type { LaterRead, Observation } from './observation.ts'
import { committedVersion, gateOf, leftOf, type Stage, write } from './stage.ts'
import { STEPS, type Step } from './steps.ts'
import { type Death, Victim } from './victim-process.ts'

const DEATH_LIMIT_MS = 20_000
const WARM_LIMIT_MS = 20_000
const REDIS_LIMIT_MS = 30_000
const READ_REST_MS = 5

/** A process does what the step says, dies there, and another one looks what comes of it. */
export async function runStep(step: Step, stage: Stage, account: number, program: URL): Promise<Observation> {
  const victim = new Victim(program, stage.order)
  try {
    await victim.ready()
    if (step.scene !== 'cold') await warm(stage, account)
    if (step.scene === 'fenced') await leaveFence(stage, account, program)
    const old = step.scene === 'fenced' ? 0 : await committedVersion(stage, account)
    const { epoch } = await gateOf(stage)
    const truth = pooledTruth(stage.pool)
    const { namespace } = stage
    if (step.scene === 'closed gate') await closeGate(truth, 'a process is to die', { namespace })
    const death = step.scene === 'old data' ? await dieOverOldData(step, stage, account, victim) : await die()
    async function die(): Promise<Death> {
      victim.begin({ deed: step.deed, account, point: step.point })
      return victim.death(DEATH_LIMIT_MS)
    }
    const [left, gate] = await Promise.all([leftOf(stage, account, old), gateOf(stage)])
    let { told } = death
    if (step.scene === 'written again') {
      await write(stage.observer, account, 'touch')
      told = Math.max(told, old + 1)
    }
    if (step.scene === 'old data') told = old + 1
    const reads = [await read(stage, account)]
    if (step.scene === 'closed gate') await openGate(truth, { namespace })
    const endMs = performance.now() + REDIS_LIMIT_MS
    while (reads.at(-1)?.from !== 'Redis' && performance.now() < endMs) {
      await wait(READ_REST_MS)
      reads.push(await read(stage, account))
    }
    const fromRedisAfterMs = reads.at(-1)?.from === 'Redis' ? performance.now() - death.atMs : undefined
    const isCommitted = (await committedVersion(stage, account)) > old
    return {
      step,
      death,
      old,
      told,
      left,
      gate: gate.state,
      isOutOfReach: gate.epoch > epoch,
      isCommitted,
      reads,
      fromRedisAfterMs,
    }
  } finally {
    stage.holdGate(false)
    await victim.end()
  }
}

/** Resolves once Redis answers for the account. */
async function warm(stage: Stage, account: number): Promise<void> {
  const answered = async (): Promise<void> => {
    while ((await read(stage, account)).from !== 'Redis') await wait(READ_REST_MS)
  }
  await inTime(answered(), WARM_LIMIT_MS, 'Redis does not answer, and nobody has died yet')
}

/** A writer dies after its COMMIT. Nobody reads since. */
async function leaveFence(stage: Stage, account: number, program: URL): Promise<void> {
  const writer = new Victim(program, stage.order)
  try {
    await writer.ready()
    const committed = STEPS.find(({ point }) => point === 'write: committed')
    if (committed) writer.begin({ deed: committed.deed, account, point: committed.point })
    const { problem } = await writer.death(DEATH_LIMIT_MS)
    if (problem !== undefined) throw new Error(problem)
  } finally {
    await writer.end()
  }
}

/** Redis comes back as it was before a write that was acknowledged. Of the gate only the victim takes care. */
async function dieOverOldData(step: Step, stage: Stage, account: number, victim: Victim): Promise<Death> {
  const before = await stage.redis.snapshot()
  await write(stage.observer, account, 'put')
  stage.holdGate(true)
  victim.begin({ deed: step.deed, account, point: step.point })
  const [death] = await Promise.all([victim.death(DEATH_LIMIT_MS), stage.redis.comeBackWith(before)])
  stage.holdGate(false)
  return death
}

async function read(stage: Stage, account: number): Promise<LaterRead> {
  const { observer } = stage
  const before = await committedVersion(stage, account)
  const { value, tier } = await observer.account(account)
  const { value: derived } = await observer.group(account)
  return {
    version: value?.version ?? -1,
    derived: derived?.version ?? -1,
    from: tier === 'l2' ? 'Redis' : 'PostgreSQL',
    before,
    after: await committedVersion(stage, account),
  }
}
