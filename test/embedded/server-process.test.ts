import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { EmbeddedError } from '../../src/core/errors.ts'
import { identify } from '../../src/embedded/process-identity.ts'
import { launchServer, ServerDiedError, type ServerLaunch } from '../../src/embedded/server-process.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()

async function shellServer(script: string, changes: Partial<ServerLaunch> = {}): Promise<ServerLaunch> {
  return {
    name: 'a shell',
    command: '/bin/sh',
    args: ['-c', script],
    logPath: join(await scratch.folder(), 'server.log'),
    stopSteps: [
      { signal: 'SIGTERM', waitMs: 200 },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ],
    afterKill: 'stop',
    timeoutMs: 10_000,
    isReady: async () => true,
    ...changes,
  }
}

test('a server that dies while starting is reported with its last words', async () => {
  const launch = await shellServer('echo cannot do it >&2; exit 3', { isReady: async () => false })
  const error = await launchServer(systemClock, launch).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(ServerDiedError)
  expect(String(error)).toContain('exit code 3')
  expect(String(error)).toContain('cannot do it')
})

test('the last words are those of this start alone', async () => {
  const launch = await shellServer('echo earlier; exit 1', { isReady: async () => false })
  await launchServer(systemClock, launch).catch(() => undefined)
  const again = { ...launch, args: ['-c', 'echo later; exit 1'] }
  const error = await launchServer(systemClock, again).catch((error: unknown) => error)
  expect((error as ServerDiedError).log).toBe('later')
})

test('a server that is not ready in time is stopped', async () => {
  let pid = 0
  const launch = await shellServer('exec sleep 60', {
    timeoutMs: 100,
    isReady: async (ours) => {
      pid = ours
      return false
    },
  })
  await expect(launchServer(systemClock, launch)).rejects.toThrow(/not ready after 100 ms \(timeoutMs\)/)
  expect(pid).toBeGreaterThan(0)
  expect(await identify(pid)).toBeUndefined()
})

test('a server that ignores the polite signal is killed', async () => {
  const ready = 'trap "" TERM; echo trapped; while :; do sleep 0.05; done'
  const server = await launchServer(systemClock, await shellServer(ready))
  await server.stop()
  expect(await identify(server.pid)).toBeUndefined()
})

test('stopping twice is one stop, and a server that ended by itself is stopped already', async () => {
  const server = await launchServer(systemClock, await shellServer('exec sleep 60'))
  await Promise.all([server.stop(), server.stop()])
  expect(await identify(server.pid)).toBeUndefined()
  await server.stop()
})

test('a program that is not there is a typed error', async () => {
  const launch = await shellServer('', { command: '/nowhere/server' })
  const error = await launchServer(systemClock, launch).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(EmbeddedError)
  expect(String(error)).toContain('/nowhere/server')
})
