import { readFileSync } from 'node:fs'
import * as holdfast from 'holdfast'
import { type ErrorCode, HoldfastError } from 'holdfast'
import { CLOSE, PROBLEMS } from 'holdfast/live'
import { describe, expect, test } from 'vitest'

// docs/reference/errors.md and the classes are held to each other, both ways.

const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')

interface Sample {
  readonly error: HoldfastError
  /** What the message must name: the thing at fault. */
  readonly names: string
}

/** One error of each code. A code without a sample does not compile. */
const samples: Readonly<Record<ErrorCode, Sample>> = {
  HF_DECLARATION: { error: new holdfast.DeclarationError('price.ttl', 'is no duration'), names: 'price.ttl' },
  HF_INVALID_ID: {
    error: new holdfast.InvalidIdError('price:{asset}', '{asset} is empty'),
    names: 'price:{asset}',
  },
  HF_INVALID_VALUE: { error: new holdfast.InvalidValueError('price', 'usd is missing'), names: 'price' },
  HF_VALUE_TOO_LARGE: { error: new holdfast.ValueTooLargeError('price', 20, 10), names: 'maxValueBytes' },
  HF_LOAD_FAILED: { error: new holdfast.LoadError('price:SOL', new Error('reset')), names: 'price:SOL' },
  HF_LOAD_TIMEOUT: { error: new holdfast.LoadTimeoutError('price:SOL', 10), names: 'price:SOL' },
  HF_TOO_OLD: { error: new holdfast.TooOldError('price:SOL', 20, 10), names: 'price:SOL' },
  HF_STORE_UNAVAILABLE: {
    error: new holdfast.StoreUnavailableError('cannot use Redis at redis://127.0.0.1:1'),
    names: 'redis://127.0.0.1:1',
  },
  HF_STORE_TIMEOUT: { error: new holdfast.StoreTimeoutError('put', 10), names: 'put' },
  HF_STORE_REFUSED: { error: new holdfast.StoreRefusedError('put', new Error('OOM')), names: 'put' },
  HF_PARTLY_STORED: {
    error: new holdfast.PartlyStoredError(2, [{ key: 'price:SOL', error: new Error('reset') }]),
    names: '1 of 3 values are not confirmed, the first of them price:SOL',
  },
  HF_LOCK_NOT_ACQUIRED: { error: new holdfast.LockNotAcquiredError('lock:sale:1', 10), names: 'lock:sale:1' },
  HF_LEASE_LOST: { error: new holdfast.LeaseLostError('lock:sale:1', 10), names: 'lock:sale:1' },
  HF_FENCED_OFF: { error: new holdfast.FencedOffError(42n), names: '42' },
  HF_WRITE_ROLLED_BACK: {
    error: new holdfast.WriteRolledBackError(new Error('current transaction is aborted')),
    names: 'current transaction is aborted',
  },
  HF_WRITE_UNKNOWN: {
    error: new holdfast.WriteUnknownError('742', async () => 'committed', new Error('reset')),
    names: 'transaction 742',
  },
  HF_WRITE_NESTED: { error: new holdfast.NestedWriteError(), names: 'write' },
  HF_TOO_MANY_KEYS: { error: new holdfast.TooManyKeysError(1_001, 1_000), names: '1000' },
  HF_GATE: { error: new holdfast.GateError('the gate is closed'), names: 'the gate' },
  HF_IDEMPOTENCY_MISMATCH: { error: new holdfast.IdempotencyMismatchError('sale:1'), names: 'sale:1' },
  HF_IDEMPOTENCY_NOT_BEGUN: { error: new holdfast.IdempotencyNotBegunError('sale:1'), names: 'sale:1' },
  HF_JOB_TIMEOUT: { error: new holdfast.JobTimeoutError('notify 1', 'hard', 10), names: 'notify 1' },
  HF_JOB_REFUSED: { error: new holdfast.JobRefusedError('unknown user'), names: 'unknown user' },
  HF_IDEMPOTENCY_CONFLICT: { error: new holdfast.IdempotencyConflictError('sale:1', 500), names: 'sale:1' },
  HF_FINAL_FAILURE: { error: new holdfast.FinalFailure('broke', 'no money'), names: 'no money' },
  HF_REVOCATION_UNKNOWN: {
    error: new holdfast.RevocationUnknownError(2_000, new Error('reset')),
    names: 'reset',
  },
  HF_DENIED: { error: new holdfast.DeniedError('token'), names: 'token' },
  HF_CONTENDED: {
    error: new holdfast.ContendedError('a session of login', 100),
    names: 'a session of login',
  },
  HF_COLLECTION_FULL: { error: new holdfast.CollectionFullError('watching:u1', 100), names: 'watching:u1' },
  HF_VERSION_CONFLICT: {
    error: new holdfast.VersionConflictError('settings:u1', 5, 7),
    names: 'settings:u1',
  },
  HF_LIVE_REFUSED: {
    error: new holdfast.LiveRefusedError('AGENT_UNKNOWN', 'There is no such agent.'),
    names: 'AGENT_UNKNOWN',
  },
  HF_CLOSED: { error: new holdfast.ClosedError(), names: 'state' },
  HF_EMBEDDED: { error: new holdfast.EmbeddedError('dataDir /data is no folder'), names: 'dataDir /data' },
}

/** The entries of the page: each heading, and the text below it. */
const entries = page
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const [, code = '', className = '', text = ''] = /^(HF_\w+): (\w+)\n([\s\S]*)$/.exec(section) ?? []
    return code === '' ? [] : [{ code, className, text }]
  })

/** Classes that are only thrown as one of their children. */
const PARENTS = ['HoldfastError', 'StoreError']
const exportedClasses = Object.entries(holdfast)
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof HoldfastError)
  .map(([name]) => name)
  .filter((name) => !PARENTS.includes(name))

test('every code has one entry, under the name of its class, and there are no others', () => {
  const documented = entries.map(({ code, className }) => `${code}: ${className}`)
  const thrown = Object.values(samples).map(({ error }) => `${error.code}: ${error.name}`)
  expect(documented.toSorted()).toEqual(thrown.toSorted())
})

test('every class that holdfast exports has one entry, and there are no others', () => {
  expect(entries.map(({ className }) => className).toSorted()).toEqual(exportedClasses.toSorted())
})

test('the page mentions no code and no class that does not exist', () => {
  const codes = page.match(/\bHF_[A-Z_]+\b(?!…)/g) ?? []
  expect(codes.filter((code) => !(code in samples))).toEqual([])
  const classes = page.match(/\b[A-Z]\w+Error\b/g) ?? []
  const known = [...exportedClasses, ...PARENTS, 'TypeError']
  expect(classes.filter((name) => !known.includes(name))).toEqual([])
})

test.each(entries)('the entry of $code says when, what was written, and what to do', ({ text }) => {
  expect(text).toMatch(/^\n- \*\*When\.\*\* .+\n- \*\*Written\?\*\* .+\n- \*\*Do\.\*\* .+\n*(## |$)/)
})

describe.each(Object.entries(samples))('%s', (code, { error, names }) => {
  test('is a HoldfastError with this code, and its message names the thing at fault', () => {
    expect(error).toBeInstanceOf(HoldfastError)
    expect(error.code).toBe(code)
    expect(error.message).toContain(names)
  })
})

describe('what clients of a bridge are told', () => {
  const section = page.split('## What clients of a bridge are told')[1]?.split('\n## ')[0] ?? ''
  const listed = (pattern: RegExp) => [...section.matchAll(pattern)].map(([, code]) => code)

  test('each code of an answer stands there, and no other', () => {
    expect(listed(/^\| `([A-Z]\w+)` /gm)).toEqual(Object.values(PROBLEMS))
  })

  test('each close code stands there, and no other', () => {
    expect(listed(/^\| `(\d+)` /gm)).toEqual(Object.values(CLOSE).map(({ code }) => String(code)))
  })
})
