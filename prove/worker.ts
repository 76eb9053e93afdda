/** A process that reads, writes and chases writes of others until it is told to rest, and logs what it did and saw. */
import { createSocket } from 'node:dgram'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { openPool } from './bank.ts'
import { openClient } from './designs/index.ts'
import type { FromWorker, ToWorker, WorkerOrder } from './messages.ts'
import { OperationLog } from './operation-log.ts'
import { Points } from './points.ts'
import { Work } from './work.ts'

const REPORT_MS = 200
/** For all of them together. */
const FINAL_PATIENCE_MS = 30_000
const FINAL_AT_ONCE = 4

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder
const now = (): number => Number(process.hrtime.bigint())
const log = new OperationLog(order.logPath, order.incarnation)
const say = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
process.on('disconnect', () => process.exit(0))
process.on(
  'unhandledRejection',
  (reason) => void say({ kind: 'money', problem: `unhandled: ${String(reason)}` }),
)

const points = new Points(async (point, act) => {
  log.flush()
  await say({ kind: 'reached', point, act })
})
subscribe('holdfast:gate', (message) => {
  const { event } = message as { readonly event: string }
  if (event === 'trusted' || event === 'distrusted')
    void say({ kind: 'trust', isTrusted: event === 'trusted', at: now() })
})

const socket = createSocket('udp4').on('error', () => undefined)
socket.bind(0, '127.0.0.1')
await once(socket, 'listening')
let peers: readonly number[] = []

const pool = openPool(order.databaseUrl, 12)
const client = await openClient(order, pool, points).catch((error: unknown) => {
  // In the middle of an outage. The next one is started in its place.
  process.stderr.write(`process ${order.incarnation} cannot start: ${String(error)}\n`)
  process.exit(1)
})
const work = new Work(client, order, log, {
  now,
  tell: (key) => peers.forEach((port) => socket.send(Uint8Array.of(key), port, '127.0.0.1')),
  money: (problem) => void say({ kind: 'money', problem }),
})
socket.on('message', (data) => work.chase(data[0] ?? 0))

async function final(): Promise<void> {
  const { groups, size } = order.shape
  const cold: string[] = []
  const endNs = now() + FINAL_PATIENCE_MS * 1e6
  const settled = async <Value>(
    name: string,
    read: () => Promise<{ value: Value | null; tier: string }>,
  ): Promise<Value | null> => {
    for (;;) {
      const reading = await read().catch(() => undefined)
      if (reading?.tier === 'l2') return reading.value
      if (now() > endNs) {
        cold.push(`${name} stays cold`)
        return reading?.value ?? null
      }
      await wait(20)
    }
  }
  // A few at a time: the gate's polls wait for connections of the same pool.
  const all = async <Value>(count: number, one: (id: number) => Promise<Value>): Promise<Value[]> => {
    const values: Value[] = []
    for (let first = 0; first < count; first += FINAL_AT_ONCE) {
      const some = Array.from({ length: Math.min(FINAL_AT_ONCE, count - first) }, (_, n) => one(first + n))
      values.push(...(await Promise.all(some)))
    }
    return values
  }
  const accounts = await all(groups * size, (id) => settled(`account:${id}`, () => client.account(id)))
  const ofGroups = await all(groups, (id) => settled(`group:${id}`, () => client.group(id)))
  if (cold.length > 0) cold.push(`what it sees of the gate: ${JSON.stringify(client.gate())}`)
  await say({ kind: 'final', accounts, groups: ofGroups, cold })
}

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'peers':
      peers = message.ports
      break
    case 'arm':
      points.arm(message.point, message.act)
      break
    case 'rest':
      void work.rest().then(async () => {
        log.flush()
        report()
        await say({ kind: 'resting' })
      })
      break
    case 'final':
      void final()
      break
  }
})

function report(): void {
  log.flush()
  const { l2Hits, misses, loads, healed, refusedFills, fenced } = client.counts()
  void say({
    kind: 'progress',
    at: now(),
    operations: log.total,
    counts: { l2Hits, misses, loads, healed, refusedFills, fenced, ...work.chased },
    longestReadMs: work.takeLongestRead(),
    errors: work.errors,
  })
}

setInterval(report, REPORT_MS)
await say({ kind: 'ready', port: socket.address().port })
void say({ kind: 'trust', isTrusted: client.gate()?.isTrusted ?? true, at: now() })
work.begin()
