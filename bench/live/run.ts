/**
 * `npm run bench -- live`: 1,000 WebSocket clients with 10 of 500 symbols each, 500 updates a second, by the bridge and
 * by bare `ws` with the same messages, one after the other in one run; then by the bridge with one client that is
 * frozen. Server and clients in a process each. Takes less than a minute. Exit code 1 when a target is missed.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { LOAD, type Order, type Seen, type Server, TOO_SLOW_MS, type Used } from './messages.ts'

const SETTLE_MS = 1_500
const WINDOW_MS = 10_000
/** Until its socket is full, until it is ended, and some more. */
const FROZEN_MS = TOO_SLOW_MS + 6_000
const LOOK_EVERY_MS = 250
const LONGEST_ANSWER_MS = 40_000
/** Beside bare `ws`: so many times its p99, and so many ms more, because at this load both are small. */
const MOST_TIMES_BARE = 2
const GRACE_MS = 5

const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface Row {
  readonly name: string
  readonly server: Used & { readonly connections: number }
  readonly clients: Seen
}

interface Asked {
  readonly kind: Order['kind']
  readonly [field: string]: unknown
}

/** Runs it. */
export async function runLive(): Promise<number> {
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`
  const load = `${LOAD.clients} clients with ${LOAD.symbolsOfOne} of ${LOAD.symbols} symbols each, ${LOAD.updatesPerSecond} updates/s`
  say(`${machine}\n${load}`)
  const rows: Row[] = []
  const [bare] = await served('bare', false)
  const [bridge, withFrozen, frozenCode] = await served('bridge', true)
  rows.push(bare, bridge)
  if (withFrozen) rows.push(withFrozen)
  say(HEAD)
  for (const row of rows) say(lineOf(row))
  say(`The frozen client was ended with ${String(frozenCode)}.`)

  const limitMs = MOST_TIMES_BARE * bare.clients.p99 + GRACE_MS
  const problems = [
    ...(bridge.clients.p99 > limitMs ? [`p99 of the bridge is above ${limitMs.toFixed(1)} ms`] : []),
    ...(withFrozen && withFrozen.clients.p99 > limitMs
      ? [`p99 beside a frozen client is above ${limitMs.toFixed(1)} ms`]
      : []),
    ...(frozenCode === 4413 ? [] : ['the frozen client was not told that it is too slow']),
    ...rows.filter(({ clients }) => isIncomplete(clients)).map(({ name }) => `${name}: messages are missing`),
  ]
  say(problems.length === 0 ? 'All as promised.' : `NOT AS PROMISED: ${problems.join('; ')}`)
  await mkdir('bench/results', { recursive: true })
  const report = { machine, load, command: 'npm run bench -- live', rows, frozenCode, problems }
  await writeFile('bench/results/live.json', `${JSON.stringify(report, null, 2)}\n`)
  return problems.length === 0 ? 0 : 1
}

/** A thousand clients follow ten symbols each: each update goes to twenty of them on average. */
function isIncomplete({ messages, seconds }: Seen): boolean {
  const perUpdate = (LOAD.clients * LOAD.symbolsOfOne) / LOAD.symbols
  return messages < 0.9 * seconds * LOAD.updatesPerSecond * perUpdate
}

/** One server with all clients; `freezes`: and then with one more that does not read. */
async function served(
  server: Server,
  freezes: boolean,
): Promise<[Row, Row | undefined, number | null | undefined]> {
  const [serving, clients] = [await start(`${server}-server`), await start('clients')]
  try {
    const url = await ask<string>(serving, { kind: 'connect', url: '' })
    await ask(clients, { kind: 'connect', url })
    const calm = await window(server === 'bare' ? 'bare ws' : 'bridge', WINDOW_MS, serving, clients)
    if (!freezes) return [calm, undefined, undefined]
    await ask(serving, { kind: 'freeze' })
    await ask(clients, { kind: 'freeze' })
    let code: number | null | undefined
    const beside = await window('bridge, one frozen', FROZEN_MS, serving, clients, async () => {
      code = await thawed(serving, clients)
    })
    return [calm, beside, code]
  } finally {
    for (const child of [clients, serving]) {
      await ask(child, { kind: 'end' }).catch(() => undefined)
      if (child.exitCode === null) child.kill('SIGKILL')
    }
  }
}

/** Lets the frozen client read again as soon as the server has given it up: the code with which it was ended. */
async function thawed(serving: ChildProcess, clients: ChildProcess): Promise<number | null> {
  for (let tries = 0; tries < FROZEN_MS / LOOK_EVERY_MS; tries++) {
    const { connections } = await ask<Row['server']>(serving, { kind: 'figures' })
    if (connections === LOAD.clients) return ask(clients, { kind: 'thaw' })
    await wait(LOOK_EVERY_MS)
  }
  return null
}

async function window(
  name: string,
  lengthMs: number,
  serving: ChildProcess,
  clients: ChildProcess,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Row> {
  await wait(SETTLE_MS)
  await Promise.all([ask(serving, { kind: 'begin' }), ask(clients, { kind: 'begin' })])
  await Promise.all([wait(lengthMs), meanwhile()])
  const [server, seen] = await Promise.all([
    ask<Row['server']>(serving, { kind: 'figures' }),
    ask<Seen>(clients, { kind: 'figures' }),
  ])
  return { name, server, clients: seen }
}

async function start(program: string): Promise<ChildProcess> {
  const child = fork(new URL(`./${program}.js`, import.meta.url))
  await once(child, 'message', { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) })
  return child
}

async function ask<Answer>(child: ChildProcess, order: Asked): Promise<Answer> {
  const ending = new AbortController()
  const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(LONGEST_ANSWER_MS)])
  const exited = once(child, 'exit', { signal }).then(() => {
    throw new Error(`a process ended before it answered ${order.kind}`)
  })
  exited.catch(() => undefined)
  try {
    const answered = once(child, 'message', { signal })
    child.send(order)
    const [{ result }] = (await Promise.race([answered, exited])) as [{ result: Answer }]
    return result
  } finally {
    ending.abort()
  }
}

const COLUMNS = [
  '                  ',
  'messages/s',
  'p50 ms',
  'p99 ms',
  'longest ms',
  'server CPU',
  'server RSS',
]
const HEAD = COLUMNS.join('  ')

function lineOf({ name, server, clients }: Row): string {
  const cells = [
    name.padEnd(COLUMNS[0]?.length ?? 0),
    (clients.messages / clients.seconds).toFixed(0),
    clients.p50.toFixed(2),
    clients.p99.toFixed(2),
    clients.longest.toFixed(1),
    `${((100 * server.cpuSeconds) / server.seconds).toFixed(0)} %`,
    `${(server.rssBytes / 1e6).toFixed(0)} MB`,
  ]
  return cells.map((cell, column) => cell.padStart(COLUMNS[column]?.length ?? 0)).join('  ')
}
