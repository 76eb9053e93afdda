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
  options: {},
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
  if (keyspace.kind === 'cached') {
    // Nothing is loaded, so nothing that loaders ask for is needed.
    const one = keyspace as CachedKeyspace<AnyId, unknown, unknown>
    const state = await open({ one }, { store: context.store, clock: context.clock })
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
    const { keptForMs, bytes, verdict, marks, tags } = stored
    lines.push(`stored   ${formatBytes(bytes)}, kept ${formatKept(keptForMs)}; ${VERDICT[verdict]}`)
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
