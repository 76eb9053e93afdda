/** What is known of one outside suite. An upgrade that adds, renames or drops a test fails until it was looked at. */
export interface Verdict {
  /** The module that exports it. */
  readonly suite: string
  /** The version whose tests were looked at. */
  readonly version: string
  /** What its values are, and who makes text of them. */
  readonly values: string
  /** Tests that must pass. */
  readonly applies: number
  /** Tests that cannot pass, and do not: why. */
  readonly doesNotApply: Readonly<Record<string, string>>
}

const NO_LISTING =
  'Holdfast lists no keys: that would be a scan of everything that shares the Redis. Keep an index of your own, or ask the source.'
const NO_BUFFER =
  'The bytes come back, as the `Uint8Array` of every runtime; the test compares them with the `Buffer` of Node.'

const NO_FORCE =
  'Only its holder gives a lock back. Whoever takes it away from a holder that still works has two at work; a holder that died loses it with its lease.'
const NO_FOR_EVER =
  'A lock is granted for a lease, which is renewed while its holder lives: without an end, a crash would lock for ever.'

const listing = {
  '.iterator() returns an asyncIterator': NO_LISTING,
  'iterator() iterates over all values': NO_LISTING,
  "iterator() doesn't yield values from other namespaces": NO_LISTING,
  "iterator() doesn't yield expired values, and deletes them": NO_LISTING,
}

/** What bentocache holds its drivers to. */
export const BENTOCACHE: Verdict = {
  suite: 'bentocache/test_suite',
  version: '1.6.1',
  values: 'texts',
  applies: 21,
  doesNotApply: {},
}

/** What Keyv holds its storage adapters to, as it is used: stores see texts only. */
export const KEYV_TEXTS: Verdict = {
  suite: '@keyv/test-suite',
  version: '2.1.2',
  values: 'texts, encoded by Keyv',
  applies: 38,
  doesNotApply: listing,
}

/** The same, with Keyv's own encoding switched off. */
export const KEYV_VALUES: Verdict = {
  suite: '@keyv/test-suite',
  version: '2.1.2',
  values: 'encoded by Holdfast',
  applies: 37,
  doesNotApply: {
    ...listing,
    'value can be an object containing a buffer': NO_BUFFER,
  },
}

/** What verrou holds its stores of locks to. */
export const VERROU: Verdict = {
  suite: '@verrou/core/test_suite',
  version: '0.5.2',
  values: 'locks',
  applies: 23,
  doesNotApply: {
    'null ttl so that lock never expires': NO_FOR_EVER,
    'forceRelease allows to release a lock that is not acquired by you': NO_FORCE,
  },
}

/** All of them, in the order of the page. */
export const VERDICTS: readonly Verdict[] = [BENTOCACHE, KEYV_TEXTS, KEYV_VALUES, VERROU]

/** Parts of `@keyv/test-suite` that are not run, and why. */
export const KEYV_LEFT_OUT: Readonly<Record<string, string>> = {
  keyvCompresstionTests: 'It tests the compressors of Keyv. No store takes part.',
}
