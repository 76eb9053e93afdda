import { readdirSync, readFileSync } from 'node:fs'
import { PROBLEMS } from 'holdfast/live'
import { describe, expect, test } from 'vitest'

// docs/reference/desk-errors.md and the desk's sources are held to each other, both ways. The sources are read as
// text: the desk exports no list of its codes, and this test needs none of its packages.

const page = read('docs/reference/desk-errors.md')
const http = folder('apps/desk/src/http')
/** The stream is a bridge of the library: its codes, close codes and limits are those. */
const ws = [folder('apps/desk/src/ws'), read('src/live/wire.ts'), read('src/live/limits.ts')].join('\n')

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

function folder(path: string): string {
  const names = readdirSync(new URL(`../../${path}`, import.meta.url))
  return names.map((name) => read(`${path}/${name}`)).join('\n')
}

/** The first two cells of each row under a heading: the code, and what stands beside it. */
function rowsUnder(heading: string): [code: string, next: string][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, code = '', next = '']) => [code, next])
}

function codesUnder(heading: string): string[] {
  return rowsUnder(heading).map(([code]) => code)
}

/** What the first group of `pattern` finds in `text`, each once. */
function found(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, match = '']) => match))]
}

/** The members of the union of texts that follows `start`. */
function unionAfter(text: string, start: string): string[] {
  const [, rest = ''] = text.split(start)
  return found(/^(?:[\s|]*'\w+')+/.exec(rest)?.[0] ?? '', /'(\w+)'/g)
}

/** The codes that `text` writes down as fields: those of its answers and messages. */
function fieldsIn(text: string): string[] {
  return found(text, /\bcode: ((?:'[A-Z_]+'(?: \| )?)+)/g).flatMap((union) => found(union, /'(\w+)'/g))
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)].toSorted()
}

/** Codes of the library that the API passes on: as `'HF_CLOSED'`, or as the beginning of several. */
const passedOn = unionAfter(read('src/core/errors.ts'), 'type ErrorCode =').filter((code) =>
  found(http, /'(HF_\w+)'/g).some((name) => (name.endsWith('_') ? code.startsWith(name) : code === name)),
)
const deskCodes = unionAfter(read('apps/desk/src/domain/desk-error.ts'), 'type DeskErrorCode =')
const addressCodes = unionAfter(read('apps/desk/src/domain/chains.ts'), 'readonly code: ')
const streamCodes = [...Object.values(PROBLEMS), ...found(ws, /LiveRefusedError\('([A-Z_]+)'/g)]
const otherCodes = [...fieldsIn(http), ...found(http, /\|\| '([A-Z_]+)'/g), ...streamCodes]

test('the sources are read as they are written: every place where codes come from gives some', () => {
  expect(deskCodes).toContain('UNKNOWN_ASSET')
  expect(addressCodes).toEqual(['CHAIN_UNKNOWN', 'ADDRESS_INVALID'])
  expect(passedOn).toContain('HF_STORE_TIMEOUT')
  expect(otherCodes).toEqual(expect.arrayContaining(['MALFORMED_URL', 'REFUSED', 'TOO_MANY_TOPICS']))
})

test('every code of API and stream is on the page, and nothing else is', () => {
  const listed = [...codesUnder('Problem documents'), ...codesUnder('Messages of the stream')]
  // A setting is wrong before there is an API.
  const written = [...deskCodes, ...otherCodes].filter((code) => code !== 'SETTING')
  expect(unique(listed)).toEqual(unique([...written, ...addressCodes, ...passedOn]))
})

describe('problem documents', () => {
  const rows = rowsUnder('Problem documents')

  test('no code is listed twice', () => {
    expect(rows.length).toBe(unique(codesUnder('Problem documents')).length)
  })

  test('each stands with the status that the desk answers', () => {
    const statuses = new Map<string, string>([
      ...addressCodes.map((code): [string, string] => [code, '400']),
      ...passedOn.map((code): [string, string] => [code, '503']),
      ['REFUSED', '4xx'],
    ])
    for (const [, code = '', status = ''] of http.matchAll(/^ +([A-Z_]+): (\d{3}),$/gm))
      statuses.set(code, status)
    for (const [, status = '', code = ''] of http.matchAll(/status: (\d{3}),\s+code: '(\w+)'/g))
      statuses.set(code, status)
    expect(rows).toEqual(rows.map(([code]) => [code, statuses.get(code)]))
  })
})

describe('the stream', () => {
  test('each code that its messages are written with is listed, and none twice', () => {
    const listed = codesUnder('Messages of the stream')
    expect(listed.length).toBe(unique(listed).length)
    expect(streamCodes.filter((code) => !listed.includes(code))).toEqual([])
  })

  test('each close code is listed once, and nothing else is', () => {
    expect(codesUnder('Close codes of the stream')).toEqual(found(ws, /code: (\d{4})/g))
  })
})

test.each([
  ['64 KiB', http, 'LARGEST_BODY_BYTES = 64 * 1_024'],
  ['256 characters', http, 'LONGEST_PARAMETER = 256'],
  ['within 30 s', http, 'REQUEST_TIMEOUT_MS = 30_000'],
  ['100 agents', read('apps/desk/src/db/agents.ts'), 'MOST_AGENTS = 100'],
  ['50 topics', ws, 'mostTopics: 50'],
  ['within 5 s', ws, 'authTimeoutMs: 5_000'],
  ['for 10 s', ws, 'tooSlowAfterMs: 10_000'],
  ['256 KiB', ws, 'pauseAtBytes: 256 * 1_024'],
  ['1 MiB', ws, 'mostUnsentBytes: 1_024 * 1_024'],
  ['120 messages in 30 s', ws, 'messagesPerHeartbeat: 120'],
  ['a ping within 30 s', ws, 'heartbeatMs: 30_000'],
  ['20 connections', ws, 'mostConnectionsOfOne: 20'],
  ['1,000 of the desk', ws, 'mostConnections: 1_000'],
  ['16 KiB', ws, 'largestMessageBytes: 16 * 1_024'],
])('the limit on the page, %s, is that of the code', (words, source, constant) => {
  expect(page).toContain(words)
  expect(source).toContain(constant)
})

test('each failure at start is listed once, and nothing else is', () => {
  const codes = unionAfter(
    read('apps/desk/src/market/replay/replay-error.ts'),
    'export type ReplayErrorCode =',
  )
  expect(codesUnder('Failures at start').toSorted()).toEqual([...codes, 'SETTING'].toSorted())
})
