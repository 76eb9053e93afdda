import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { keptSecret } from '../../src/ops/secrets.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

test('a secret is made once, kept, and readable by its owner alone', async () => {
  expect(await keptSecret(folder, 'jwt-secret', () => 'first')).toBe('first')
  expect(await keptSecret(folder, 'jwt-secret', () => 'second')).toBe('first')
  expect(await keptSecret(folder, 'demo-password', () => 'other')).toBe('other')
  expect((await stat(join(folder, 'jwt-secret'))).mode & 0o777).toBe(0o600)
  expect((await readdir(folder)).sort()).toEqual(['demo-password', 'jwt-secret'])
})

test('of many that make it at once one wins, and all have its secret', async () => {
  let made = 0
  for (let round = 0; round < 20; round++) {
    const name = `secret-${round}`
    const all = await Promise.all(
      Array.from({ length: 8 }, () => keptSecret(folder, name, () => `made ${++made}`)),
    )
    expect(new Set(all).size).toBe(1)
    expect(await readFile(join(folder, name), 'utf8')).toBe(`${all[0]}\n`)
  }
})

test('an empty file, as a crash may leave, is no secret', async () => {
  for (const content of ['', '\n', '  ']) {
    await writeFile(join(folder, 'jwt-secret'), content)
    await expect(keptSecret(folder, 'jwt-secret', () => 'new')).rejects.toThrow(
      /^DATA_DIR: .*jwt-secret is empty/,
    )
  }
})

test('a folder that is missing, or a file that cannot be read, is said by name', async () => {
  await expect(keptSecret(join(folder, 'missing'), 'x', () => 'new')).rejects.toThrow(/^DATA_DIR: .*ENOENT/)
  await expect(keptSecret('/dev/null', 'x', () => 'new')).rejects.toThrow(/^DATA_DIR: .*ENOTDIR/)
  // Root reads whatever it likes.
  if (process.getuid?.() === 0) return
  await keptSecret(folder, 'x', () => 'new')
  await chmod(join(folder, 'x'), 0)
  await expect(keptSecret(folder, 'x', () => 'new')).rejects.toThrow(/^DATA_DIR: .*EACCES/)
})
