import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { poll } from '../../src/embedded/poll.ts'
import { commandLine, identify, isRunning } from '../../src/embedded/process-identity.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()

test('a process is itself, and nobody else under the same number', async () => {
  const self = await identify(process.pid)
  expect(self).toMatchObject({ pid: process.pid })
  expect(await isRunning({ pid: process.pid, startedAt: self?.startedAt ?? '' })).toBe(true)
  expect(await isRunning({ pid: process.pid, startedAt: 'another moment' })).toBe(false)
})

test.each([0, -1, Number.NaN, 1.5, 4_194_303])('%d is nobody', async (pid) => {
  expect(await identify(pid)).toBeUndefined()
})

test('a program whose name looks like more fields of the list of processes is identified all the same', async () => {
  const program = join(await scratch.folder(), 'a) Z 1 (b')
  await symlink('/bin/sleep', program)
  const child = spawn(program, ['60'])
  scratch.cleanUp(async () => {
    child.kill()
    await once(child, 'exit')
  })
  expect(await identify(child.pid ?? 0)).toMatchObject({ pid: child.pid })
})

test('a process that ended but was not waited for is nobody', async () => {
  const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60'])
  scratch.cleanUp(async () => {
    parent.kill()
    await once(parent, 'exit')
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const gone = await poll(systemClock, 5_000, async () => ((await identify(Number(line))) ? undefined : true))
  expect(gone).toBe(true)
})

test('the command line is that of the program and its arguments', async () => {
  expect(await commandLine(process.pid)).toContain(process.execPath)
  expect(await commandLine(4_194_303)).toBeFalsy()
})
