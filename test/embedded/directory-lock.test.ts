import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockDirectory } from '../../src/embedded/directory-lock.ts'
import { useLauncher } from './launcher.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()
const launch = useLauncher()

const deadHolder = {
  pid: 4_194_303,
  startedAt: 'long ago',
  token: 'stale',
  since: '2026-01-01T00:00:00.000Z',
}

test('a second lock on one folder is refused, and the error says who, where and what to do', async () => {
  const dir = await scratch.folder()
  await lockDirectory(dir)
  const error: unknown = await lockDirectory(dir, { setting: 'DATA_DIR' }).catch((error: unknown) => error)
  expect(error).toMatchObject({ name: 'EmbeddedError', code: 'HF_EMBEDDED' })
  for (const part of [dir, `process ${process.pid}`, 'DATA_DIR']) expect(String(error)).toContain(part)
})

test('a released folder can be locked again, and nothing is left behind', async () => {
  const dir = join(await scratch.folder(), 'made', 'on', 'the', 'way')
  const first = await lockDirectory(dir)
  await first.release()
  await first.release()
  expect(await readdir(dir)).toEqual([])
  await (await lockDirectory(dir)).release()
})

test('a lock of another process holds while that lives, and is taken over after its kill', async () => {
  const dir = await scratch.folder()
  const other = launch({ lock: dir, afterwards: 'wait' })
  scratch.cleanUp(other.kill)
  await other.next()
  await expect(lockDirectory(dir)).rejects.toThrow(`process ${other.pid}`)
  await other.kill()
  const lock = await lockDirectory(dir)
  expect(JSON.parse(await readFile(lock.path, 'utf8'))).toMatchObject({ pid: process.pid })
  expect(await readdir(dir)).toEqual(['holdfast.lock'])
})

test('a lock whose pid belongs to another process by now is taken over', async () => {
  const dir = await scratch.folder()
  const stranger = spawn('sleep', ['60'])
  scratch.cleanUp(async () => {
    stranger.kill()
    await once(stranger, 'exit')
  })
  await writeFile(join(dir, 'holdfast.lock'), JSON.stringify({ ...deadHolder, pid: stranger.pid }))
  await expect(lockDirectory(dir)).resolves.toBeDefined()
})

test.each(['', '{"pid":', '{}', 'null'])('a torn lock (%j) is taken over', async (content) => {
  const dir = await scratch.folder()
  await writeFile(join(dir, 'holdfast.lock'), content)
  await expect(lockDirectory(dir)).resolves.toBeDefined()
})

test('a takeover that was killed half-way does not block the next one', async () => {
  const dir = await scratch.folder()
  await writeFile(join(dir, 'holdfast.lock'), JSON.stringify(deadHolder))
  await writeFile(join(dir, 'holdfast.lock.takeover'), JSON.stringify({ ...deadHolder, token: 'stale too' }))
  await lockDirectory(dir)
  expect(await readdir(dir)).toEqual(['holdfast.lock'])
})

test('releasing late does not remove the lock of the next holder', async () => {
  const dir = await scratch.folder()
  const ours = await lockDirectory(dir)
  const theirs = JSON.stringify({ ...deadHolder, token: 'theirs' })
  await writeFile(ours.path, theirs)
  await ours.release()
  expect(await readFile(ours.path, 'utf8')).toBe(theirs)
})

test('a folder that cannot be written is a typed error', async () => {
  const file = join(await scratch.folder(), 'a-file')
  await writeFile(file, '')
  await expect(lockDirectory(join(file, 'below'), { setting: '--data' })).rejects.toMatchObject({
    code: 'HF_EMBEDDED',
    message: expect.stringMatching(/cannot be locked.*--data/) as unknown,
  })
})
