import { setTimeout as wait } from 'node:timers/promises'
import type { Crew } from './crew.ts'
import { type Act, type Point, POINTS } from './points.ts'
import type { Dice } from './dice.ts'
import { TROUBLES } from './servers/proxy.ts'
import { ask } from './servers/redis-pair.ts'
import type { WallClock } from './servers/wall-clock.ts'
import type { World } from './world.ts'

/** Where a fault happens. */
export interface Scene {
  readonly world: World
  readonly crew: Crew
  readonly dice: Dice
  /** Moves the clock of Redis; undefined where that cannot be done. */
  readonly clock: WallClock | undefined
}

/** Something that goes wrong. */
export interface Fault {
  readonly name: string
  /** Closes the gate for all; or may. */
  readonly isOfGate: boolean
  /** Resolves when its cause is gone. */
  happen(scene: Scene): Promise<void>
  /** Whether it can happen here. */
  canHappen?(scene: Scene): boolean
}

const primary = (world: World): Promise<number> => world.redis.primaryPort()

/** A process dies or stops at a step of the protocol, if it gets there in time. */
function atPoint(act: Act, ofGate: boolean): Fault {
  const points = POINTS.filter((point) => point.startsWith('gate: ') === ofGate || point === 'gate: polled')
  return {
    name: `${act === 'die' ? 'SIGKILL' : 'SIGSTOP'} at a step of ${ofGate ? 'the gate' : 'a write or read'}`,
    isOfGate: ofGate,
    async happen({ world, crew, dice }) {
      const point: Point = dice.one(points)
      // Of the gate, whoever is the first.
      const targets = ofGate ? crew.present : [dice.one(crew.present)]
      for (const worker of targets) worker?.send({ kind: 'arm', point, act })
      if (ofGate) await ask(await primary(world), ['FLUSHALL'])
      await wait(500)
    },
  }
}

/** All kinds of faults. */
export const FAULTS: readonly Fault[] = [
  atPoint('die', false),
  atPoint('stop', false),
  atPoint('die', true),
  atPoint('stop', true),
  {
    name: 'SIGKILL at random',
    isOfGate: false,
    happen: async ({ crew, dice }) => dice.one(crew.present)?.signal('SIGKILL'),
  },
  {
    name: 'SIGSTOP at random',
    isOfGate: false,
    async happen({ crew, dice }) {
      const worker = dice.one(crew.present)
      worker?.signal('SIGSTOP')
      await wait(dice.between(50, 3_000))
      worker?.signal('SIGCONT')
    },
  },
  ...TROUBLES.flatMap((trouble): Fault[] =>
    (['redis', 'postgres'] as const).map((to) => ({
      name: `network to ${to === 'redis' ? 'Redis' : 'PostgreSQL'}: ${trouble}`,
      isOfGate: false,
      async happen({ world, dice }) {
        const ways = dice.one(world.ways)
        const troubled = to === 'redis' ? (ways?.redis ?? []) : ways ? [ways.postgres] : []
        for (const way of troubled) way.begin(trouble)
        // Long enough for commands to time out; more than 2 s and the worker closes the gate for all.
        await wait(dice.between(100, 1_200))
        for (const way of troubled) way.end()
      },
    })),
  ),
  {
    name: 'CLIENT KILL',
    isOfGate: false,
    async happen({ world }) {
      await ask(await primary(world), ['CLIENT', 'KILL', 'TYPE', 'normal'])
    },
  },
  {
    name: 'SCRIPT FLUSH',
    isOfGate: false,
    async happen({ world }) {
      await ask(await primary(world), ['SCRIPT', 'FLUSH'])
    },
  },
  {
    name: 'PostgreSQL backends terminated',
    isOfGate: false,
    async happen({ world }) {
      await world.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.3`)
    },
  },
  {
    name: 'clock of Redis moved by an hour',
    isOfGate: false,
    canHappen: ({ clock }) => clock !== undefined,
    async happen({ world, clock, dice }) {
      const seconds = dice.one([3_600, -3_600, 0])
      await clock?.moveTo(seconds)
      const [shown] = await ask<[string, string]>(await primary(world), ['TIME'])
      const off = Number(shown) - Date.now() / 1_000 - seconds
      if (Math.abs(off) > 60) throw new Error(`the clock of Redis is ${off} s from where it was moved to`)
    },
  },
  {
    name: 'FLUSHALL',
    isOfGate: true,
    async happen({ world }) {
      await ask(await primary(world), ['FLUSHALL'])
    },
  },
  {
    name: 'Redis killed and restarted empty',
    isOfGate: true,
    async happen({ world }) {
      await world.redis.restart(await primary(world))
    },
  },
  {
    name: 'Redis restarted from an older RDB',
    isOfGate: true,
    async happen({ world, dice }) {
      const port = await primary(world)
      const old = await world.redis.snapshot(port)
      await wait(dice.between(500, 3_000))
      await world.redis.restart(port, old)
    },
  },
  {
    name: 'Sentinel promotes a lagging replica, the old primary is stopped and goes on',
    isOfGate: true,
    happen: ({ world, dice }) => failOver(world, dice.between(300, 2_000), dice.between(0, 2_000)),
  },
  {
    name: 'PostgreSQL restarted at once (pg_ctl restart -m immediate)',
    isOfGate: true,
    happen: ({ world }) => world.crashPostgres(),
  },
]

/**
 * The replica falls behind for `lagMs`, and is promoted. The old primary goes on `pauseMs` after that. `tell` hears of
 * it step by step.
 */
export async function failOver(
  world: World,
  lagMs: number,
  pauseMs: number,
  tell: (what: string) => void = () => undefined,
): Promise<void> {
  const { redis } = world
  const old = await redis.primaryPort()
  const replica = redis.replicaPort(old)
  await ask(replica, ['CONFIG', 'SET', 'masterauth', 'not-it'])
  await ask(replica, ['CLIENT', 'KILL', 'TYPE', 'master'])
  await wait(lagMs)
  redis.signal(old, 'SIGSTOP')
  tell('the primary stops')
  try {
    for (const endMs = performance.now() + 20_000; (await redis.primaryPort().catch(() => old)) === old;) {
      if (performance.now() > endMs) throw new Error('Sentinel promoted nobody')
      await wait(50)
    }
    tell('Sentinel has promoted the replica')
    await wait(pauseMs)
  } finally {
    redis.signal(old, 'SIGCONT')
    tell('the old primary goes on')
    await ask(replica, ['CONFIG', 'SET', 'masterauth', redis.place().password]).catch(() => undefined)
  }
}
