import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { useScratch } from '../../../../test/embedded/scratch.ts'
import { eventually } from '../../../../test/servers/eventually.ts'
import { OPTIONS } from '../../src/ops/command-line.ts'
import { SETTING_NAMES } from '../../src/ops/settings.ts'
import { type DeskProcess, processesOf, useDeskProgram } from './desk-process.ts'
import { inventDump } from './recorded-trades.ts'
import { get, sign } from './start-desk.ts'

const launch = useDeskProgram()
const scratch = useScratch()

/** A desk with nothing but PATH and a home, in a folder of its own. */
async function launchIn(folder: string, ...args: string[]): Promise<DeskProcess> {
  const home = join(folder, 'home')
  await mkdir(home, { recursive: true })
  const env = { PATH: process.env['PATH'] ?? '', HOME: home }
  const desk = launch(['--port', '0', '--data-dir', join(folder, 'data'), ...args], env)
  scratch.cleanUp(async () => {
    desk.signal('SIGTERM')
    await desk.exited
  })
  return desk
}

interface Ready {
  readonly url: string
  readonly demo: { readonly email: string; readonly password: string }
}

async function ready(desk: DeskProcess): Promise<Ready> {
  const [block] = await desk.printed(/Holdfast desk is ready[\s\S]*Ctrl-C stops everything/)
  const [, url = ''] = /Dashboard +(\S+)/.exec(block) ?? []
  const [, email = '', password = ''] = /Login +(\S+) +(\S+)/.exec(block) ?? []
  return { url, demo: { email, password } }
}

const nothingLeft = (folder: string) =>
  eventually(async () => (await processesOf(folder)).length === 0, 10_000)

test('what is wrong is said in one line, before anything starts', async () => {
  const dump = ['--replay', 'dump.csv', '--symbol', 'XRPETH']
  const wrong: [string[], RegExp][] = [
    [['--prot=1'], /^SETTING: --prot: is no option. See --help.\n$/],
    [['--port', 'http'], /^SETTING: PORT: must be a whole number from 0 to 65535\n$/],
    [['--speed', '60'], /^SETTING: --speed: is for a replay: name its file with --replay\n$/],
    [[...dump, '--speed', 'fast'], /^REPLAY_SETTING_INVALID: --speed: .*\n$/],
    [dump, /^REPLAY_FILE_UNREADABLE: --replay: dump.csv does not exist.*\n$/],
  ]
  const folder = await scratch.folder()
  await Promise.all(
    wrong.map(async ([args, message]) => {
      const desk = await launchIn(folder, ...args)
      expect(await desk.exited).toBe(1)
      expect([desk.out(), desk.err()]).toEqual(['', expect.stringMatching(message)])
    }),
  )
  expect(await readdir(folder)).toEqual(['home'])
})

test('--help lists every option and every setting, --version says which desk this is', async () => {
  const [help, version] = [launch(['--help'], {}), launch(['--version'], {})]
  expect(await help.exited).toBe(0)
  const lines = help.out().split('\n')
  for (const name of [...Object.keys(OPTIONS).map((option) => `--${option}`), ...SETTING_NAMES])
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^  ${name}( <\\w+>)? {2,}\\S.{9,}$`)))
  expect(help.out()).toContain('npm start -- [options]')
  expect(help.out()).toMatch(/^ {2}PORT +.*\(default 4400\)$/m)
  // Plain text for a pipe, and short enough for a terminal.
  expect(help.out()).not.toContain('\u001B')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120)
  expect([await version.exited, version.out()]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
})

test('SIGTERM: what is being answered is answered, the streams are told, and nothing is left', async () => {
  const folder = await scratch.folder()
  const desk = await launchIn(folder)
  const { url, demo } = await ready(desk)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`)
  await once(socket, 'open')
  const closed = once(socket, 'close')
  // A password takes a third of a second to check.
  const signing = sign({ url }, 'login', demo)
  await get({ url }, '/api/v1/status')
  desk.signal('SIGTERM')
  expect((await signing).status).toBe(200)
  expect((await closed)[0]).toBe(1001)
  expect(await desk.exited).toBe(0)
  expect(desk.out()).toMatch(/stopping …\nstopped\n$/)
  expect(desk.err()).toBe('')
  expect(await processesOf(folder)).toEqual([])
})

test('SIGKILL: the next start takes over what was left, with all that was in it', async () => {
  const folder = await scratch.folder()
  const first = await launchIn(folder)
  const { url, demo } = await ready(first)
  const ada = { email: 'ada@example.com', password: 'correct horse' }
  expect((await sign({ url }, 'register', ada)).status).toBe(201)
  first.signal('SIGKILL')
  expect(await first.exited).toBe('SIGKILL')

  const second = await launchIn(folder)
  const again = await ready(second)
  expect(second.out()).toMatch(/Database .*\(it still ran\)/)
  if (first.out().includes('starting Redis')) {
    expect(second.out()).toMatch(/State +embedded, Redis \d.*\(it still ran\)/)
    expect(second.out()).not.toContain('starting Redis')
  }
  expect(again.demo).toEqual(demo)
  expect((await sign(again, 'login', ada)).status).toBe(200)

  const third = await launchIn(folder)
  expect(await third.exited).toBe(1)
  expect(third.err()).toMatch(/^HF_EMBEDDED: .* is in use by process \d+ .*DATA_DIR\.\n$/)

  // npm passes on what the terminal has sent already.
  second.signal('SIGINT')
  await second.printed(/stopping …/)
  second.signal('SIGINT')
  expect(await second.exited).toBe(0)
  expect(second.out()).toMatch(/stopped\n$/)
  expect(await processesOf(folder)).toEqual([])
})

test('who cannot wait for a client that never ends its request signals again', async () => {
  const folder = await scratch.folder()
  const desk = await launchIn(folder)
  const { port } = new URL((await ready(desk)).url)
  const socket = connect(Number(port), '127.0.0.1')
  scratch.cleanUp(async () => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write('GET /health/live HTTP/1.1\r\nHo')
  // Answered after it on another connection: the desk has read the beginning of the first.
  await get({ url: `http://127.0.0.1:${port}` }, '/health/live')
  const exited = { with: undefined as unknown }
  void desk.exited.then((code) => (exited.with = code))
  await eventually(() => {
    desk.signal('SIGINT')
    return exited.with !== undefined
  }, 4_000)
  expect(exited.with).toBe(130)
  await nothingLeft(folder)
})

test('a signal while it starts ends it, and what it had started', async () => {
  const folder = await scratch.folder()
  // The second stage is a private Redis, where this machine has one.
  for (const stage of [/creating a database/, /starting .* from|desk is ready/]) {
    const desk = await launchIn(folder)
    await desk.printed(stage)
    desk.signal('SIGTERM')
    expect(await desk.exited).toBe(0)
    await nothingLeft(folder)
  }
  // And nothing of that stands in the way of the next start.
  await ready(await launchIn(folder))
})

test('a replay says how it gets on, and when it is over; the desk stays', async () => {
  const folder = await scratch.folder()
  const file = join(folder, 'dump.csv')
  await writeFile(file, inventDump(200, 60_000))
  const desk = await launchIn(folder, '--replay', file, '--symbol', 'XRPETH', '--speed', 'max')
  const { url } = await ready(desk)
  await desk.printed(/XRPETH 2019-10-11 .*100\.0 %  200 ticks  0 malformed.*done/)
  await desk.printed(/the price source has no more ticks; the desk goes on with the last prices/)
  expect(await get({ url }, '/api/v1/prices/binance/XRPETH')).toMatchObject({ seq: 200 })
})
