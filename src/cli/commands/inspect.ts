import { readFile } from 'node:fs/promises'
import type { EncryptionKeys } from '../../core/keyring.ts'
import { parseEntry } from '../../entry/entry.ts'
import { keyIdOf } from '../../entry/packing.ts'
import { isEncrypted } from '../../kind-of.ts'
import type { Keyspace } from '../../keyspace/keyspace.ts'
import { parseFenceEntry } from '../../fence/entry.ts'
import type { CachedKeyspace } from '../../kinds/cached/declare.ts'
import type { Inspection } from '../../kinds/cached/inspect.ts'
import { open } from '../../open.ts'
import type { SurveyStore } from '../../survey/port.ts'
import { lookAtOne } from '../../survey/walk.ts'
import { type Command, type CommandContext, DONE, UsageError } from '../command.ts'
import { formatBytes, formatKept, formatMs, jsonLine } from '../format.ts'
import { withStore } from '../with-store.ts'

type AnyId = Readonly<Record<string, string>>

/** One key. */
export const inspect: Command = {
  name: 'inspect',
  words: '<keyspace> <parameter>=<value> …',
  about: 'one key: its value, age and ttl, whether it counts, and who loads it',
  options: {
    keys: { value: 'file', about: 'show what is encrypted: JSON of what open was given as keys' },
  },
  async run(context) {
    const [name = '', ...parameters] = context.words
    const keyspace = context.keyspaces[name]
    if (!keyspace) {
      const known = Object.keys(context.keyspaces).join(', ')
      throw new UsageError(`inspect: '${name}' is no keyspace; there are ${known}`)
    }
    const id = idOf(parameters)
    // A parameter that is missing or too much is told by the pattern.
    const key = keyspace.pattern.key(id)
    const unknown = Object.keys(id).find((each) => !keyspace.pattern.parameters.includes(each))
    if (unknown !== undefined) throw new UsageError(`inspect: ${name} has no parameter {${unknown}}`)
    const [facts, value] = await inspectKey(context, keyspace, id, key)
    if (context.isJson) context.out(jsonLine(value))
    else for (const line of facts) context.out(line)
    return DONE
  },
}

function idOf(words: readonly string[]): AnyId {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=')
      if (equals < 1) throw new UsageError(`inspect: '${word}' is no <parameter>=<value>`)
      return [word.slice(0, equals), word.slice(equals + 1)]
    }),
  )
}

async function inspectKey(
  context: CommandContext,
  keyspace: Keyspace,
  id: AnyId,
  key: string,
): Promise<[lines: string[], value: unknown]> {
  const keys = await keysOf(context)
  if (isEncrypted(keyspace) && !(keys && keyspace.kind === 'cached'))
    return inspectSealed(context, keyspace, key)
  if (keyspace.kind === 'cached') {
    // Nothing is loaded, so nothing that loaders ask for is needed.
    const one = keyspace as CachedKeyspace<AnyId, unknown, unknown>
    const state = await open({ one }, { store: context.store, clock: context.clock, ...(keys && { keys }) })
    try {
      const { l1: _, ...shared } = await state.one.inspect(id)
      return [cachedLines(shared), shared]
    } finally {
      await state.close()
    }
  }
  if (keyspace.kind === 'strong' || (keyspace.kind === 'record' && keyspace.details['on'] === 'truth')) {
    const entry = parseFenceEntry(await withStore(context, ({ survey }) => findStrong(survey, key)))
    return [[`key     ${key}`, `stored  ${STRONG[entry.kind]}`], { key, entry }]
  }
  if (keyspace.kind === 'idempotency')
    throw new UsageError('inspect: outcomes are rows of holdfast_idempotency, in PostgreSQL')
  const seen = await withStore(context, ({ survey }) => lookAtOne(survey, key))
  const stored = seen ? `${seen.head ?? 'no text'}, kept ${formatKept(seen.ttlMs)}` : 'nothing'
  return [[`key     ${key}`, `stored  ${stored}`], { key, stored: seen }]
}

/** What is under a key that is encrypted, but for its value: that is not shown even where somebody left it in the open. */
async function inspectSealed(
  context: CommandContext,
  keyspace: Keyspace,
  key: string,
): Promise<[lines: string[], value: unknown]> {
  const [head, seen] = await withStore(context, async ({ survey }) => {
    if (keyspace.kind === 'strong') return [await findStrong(survey, key), null] as const
    const found = await lookAtOne(survey, key)
    return [found?.head ?? null, found] as const
  })
  const isThere = head !== null || seen !== null
  const sealedWith = (head !== null && keyIdOf(flagOf(keyspace, head))) || null
  const how = sealedWith === null ? 'not sealed, as it should be' : `sealed with the key '${sealedWith}'`
  const stored = !isThere
    ? 'nothing'
    : keyspace.kind === 'strong' || keyspace.kind === 'cached'
      ? `encrypted: ${how}`
      : 'encrypted'
  const kept = seen ? `; kept ${formatKept(seen.ttlMs)}` : ''
  const lines = [`key     ${key}`, `stored  ${stored}${kept}`]
  if (isThere && keyspace.kind === 'cached') lines.push('value   not shown without --keys')
  return [lines, { key, encrypted: true, stored: isThere, sealedWith, ttlMs: seen?.ttlMs ?? null }]
}

/** The flag of an entry of which the beginning is known. Another kind than these two has none that is text. */
function flagOf(keyspace: Keyspace, head: string): string {
  // The end of the first line may be cut off.
  if (keyspace.kind === 'cached') return (parseEntry(head) ?? parseEntry(`${head}\n`))?.flag ?? ''
  const entry = parseFenceEntry(head)
  return entry.kind === 'value' ? entry.value.flag : ''
}

/** The keys that the file named by `--keys` holds. They are not taken from the command line, which others can see. */
async function keysOf({ options }: CommandContext): Promise<EncryptionKeys | undefined> {
  const path = options['keys']
  if (typeof path !== 'string') return undefined
  try {
    const { current, all } = JSON.parse(await readFile(path, 'utf8')) as EncryptionKeys
    return { current, all }
  } catch {
    // What is wrong with it may quote it.
    throw new UsageError(
      `inspect: --keys ${path} is no file with JSON such as {"current":"k1","all":{"k1":"…"}}`,
    )
  }
}

/** What is under a key of a strong keyspace. Which names are of the present epoch, a walk over all keys tells. */
async function findStrong(survey: SurveyStore, key: string): Promise<string | null> {
  for await (const { names } of survey.pages()) {
    const found = names.find((each) => each.part === 'strong' && each.key === key)
    if (found) return (await survey.look([found.name], [false]))[0]?.head ?? null
  }
  return null
}

const STRONG: Readonly<Record<ReturnType<typeof parseFenceEntry>['kind'], string>> = {
  absent: 'nothing: the next read asks PostgreSQL',
  value: 'the latest committed value',
  lease: 'the lease of a load that is under way',
  fence: 'the fence of transactions that have not ended, or whose writer died; reads ask PostgreSQL',
  unknown: 'nothing that this version reads',
}

/** Of a value as text; `--json` has all of it. */
const MOST_CHARACTERS = 2_000

function shownValue(value: unknown): string {
  const text = jsonLine(value, 0)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

const VERDICT = {
  counts: 'counts',
  invalidated: 'invalidated: a tag, a group or the keyspace was cleared since',
  unreadable: 'unreadable: another format, or refused by the schema',
} as const

function cachedLines({ key, l2, stored, loadingElsewhere }: Omit<Inspection<unknown>, 'l1'>): string[] {
  const lines = [`key      ${key}`]
  if (!stored) lines.push('stored   nothing')
  else {
    const { keptForMs, bytes, verdict, marks, tags, sealedWith } = stored
    lines.push(`stored   ${formatBytes(bytes)}, kept ${formatKept(keptForMs)}; ${VERDICT[verdict]}`)
    if (sealedWith !== null) lines.push(`sealed   with the key '${sealedWith}'`)
    if (marks !== null) lines.push(`marks    ${marks}${tags.length > 0 ? `; tags ${tags.join(', ')}` : ''}`)
  }
  if (l2) {
    const fresh =
      l2.freshForMs > 0 ? `fresh for ${formatMs(l2.freshForMs)}` : 'past its ttl, kept to be served stale'
    lines.push(`age      ${formatMs(l2.ageMs)}, ${fresh}`, `value    ${shownValue(l2.value)}`)
  }
  const ticket = loadingElsewhere
    ? `a process has the right to load it, for at most ${formatMs(loadingElsewhere.endsInMs)} more`
    : 'nobody'
  return [...lines, `loading  ${ticket}`]
}
