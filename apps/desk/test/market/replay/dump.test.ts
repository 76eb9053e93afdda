import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openDump } from '../../../src/market/replay/dump.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-dump-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(name: string, content: string | Buffer): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

async function readAll(file: string): Promise<string[]> {
  const lines: string[] = []
  for await (const block of (await openDump(file)).blocks()) lines.push(...block)
  return lines
}

describe('lines', () => {
  test('come whole and in order from a file of many blocks, again and again', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${index},${'7'.repeat(index % 40)}`)
    const file = await write('many.csv', `${lines.join('\n')}\n`)
    const dump = await openDump(file)
    expect(dump.sizeBytes).toBe(lines.join('\n').length + 1)
    for (let pass = 0; pass < 2; pass++) {
      const read: string[] = []
      for await (const block of dump.blocks()) read.push(...block)
      expect(read).toEqual(lines)
    }
  })

  test('the last one may lack its line feed', async () => {
    expect(await readAll(await write('cut.csv', 'a\nb'))).toEqual(['a', 'b'])
  })

  test('a byte order mark is no part of the first one', async () => {
    expect(await readAll(await write('mark.csv', '\ufeff1,2\n3'))).toEqual(['1,2', '3'])
  })

  test('reading may stop in the middle', async () => {
    const dump = await openDump(await write('stop.csv', '1\n2\n'.repeat(100_000)))
    for await (const block of dump.blocks()) {
      expect(block.length).toBeGreaterThan(0)
      break
    }
  })
})

describe('what is no dump', () => {
  const refused = (code: string, problem: string) =>
    expect.objectContaining({
      name: 'ReplayError',
      code,
      setting: '--replay',
      message: expect.stringMatching(
        new RegExp(`^--replay: .*${problem}.*Accepted: .*aggTrades, trades or klines`),
      ),
    })

  test('a missing file', async () => {
    const file = join(folder, 'missing.csv')
    await expect(openDump(file)).rejects.toThrow(
      refused('REPLAY_FILE_UNREADABLE', 'missing.csv does not exist'),
    )
  })

  test('a directory', async () => {
    await expect(openDump(folder)).rejects.toThrow(refused('REPLAY_FILE_UNREADABLE', 'is a directory'))
  })

  test('a device, which never ends', async () => {
    await expect(openDump('/dev/zero')).rejects.toThrow(
      refused('REPLAY_FILE_UNREADABLE', 'is no regular file'),
    )
  })

  test('a path that cannot be one', async () => {
    await expect(openDump(`${folder}/${'x'.repeat(300)}`)).rejects.toThrow(
      refused('REPLAY_FILE_UNREADABLE', 'cannot be read \\(ENAMETOOLONG\\)'),
    )
    await expect(openDump('a\0b')).rejects.toThrow(refused('REPLAY_FILE_UNREADABLE', 'cannot be read'))
  })

  test.skipIf(process.getuid?.() === 0)('a file that this user may not read', async () => {
    const file = await write('secret.csv', '1\n')
    await chmod(file, 0)
    await expect(readAll(file)).rejects.toThrow(
      refused('REPLAY_FILE_UNREADABLE', 'may not be read by this user'),
    )
  })

  test('an empty file', async () => {
    await expect(openDump(await write('empty.csv', ''))).rejects.toThrow(
      refused('REPLAY_FILE_EMPTY', 'is empty'),
    )
  })

  test.each([
    [
      'a zip archive',
      Buffer.from('PK\u0003\u0004rest of it\n', 'latin1'),
      'is a packed archive: unpack it first',
    ],
    ['a gzip archive', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 1, 2]), 'is a packed archive: unpack it first'],
    ['a text in UTF-16', Buffer.from('1,2,3\n', 'utf16le'), 'is no text'],
    ['one endless line', Buffer.from('7'.repeat(200_000)), 'has a line of over 64 kB'],
  ])('%s', async (name, content, problem) => {
    const file = await write(`${name}.csv`, content)
    await expect(readAll(file)).rejects.toThrow(refused('REPLAY_FILE_NOT_CSV', problem))
  })
})
