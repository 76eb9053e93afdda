import type { Clock } from '../core/clock.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { matchKeys } from '../keyspace/match.ts'
import type { Keyspaces } from '../keyspace/registry.ts'
import { Orphans, type OrphanGroup } from './orphans.ts'
import type { SeenKey, StoredName, SurveyStore } from './port.ts'
import { isFence, isForever, isKnownFormat, longestMs } from './rules.ts'
import { type SizeReport, Sizes } from './sizes.ts'
import { type SurveyOptions, walk } from './walk.ts'

/** Keys of one kind of trouble. Counted are those that were seen: see `looked`. */
export interface Finding {
  readonly count: number
  /** Some of them, as the store names them, without its namespace. */
  readonly examples: readonly string[]
}

/** How the keys of a keyspace differ from its declaration. */
export interface KeyspaceAudit {
  /** Kept for good, though they should have an end. Tickets and tokens included; fences excepted. */
  readonly withoutTtl: Finding
  /** Kept longer than the declaration says: declared shorter since, or by a loader's `setTtl`. */
  readonly ttlTooLong: Finding
  /** Nothing that this version writes: it reads as absent. */
  readonly unknownFormat: Finding
  /** Fences of transactions that have not ended, or whose writer died. Normal for moments. */
  readonly fences: Finding
}

/** What the store holds, beside what is declared. */
export interface AuditReport extends SizeReport {
  readonly findings: Readonly<Record<string, KeyspaceAudit>>
  /** Keys under the namespace that belong to no declared keyspace, by the first part of their names. */
  readonly orphans: readonly OrphanGroup[]
  /** Strong entries of earlier runs of the store. Those without a ttl stay until somebody removes them. */
  readonly earlierRuns: Finding
  /** Generations of groups and tags, and tallies, that are kept for good though they should have an end. */
  readonly internalWithoutTtl: Finding
  /** There is nothing to look into: no finding but fences. */
  readonly isClean: boolean
}

/** Two clocks, and a command on its way. */
const TOLERANCE_MS = 2_000
const MOST_EXAMPLES = 5

class Found implements Finding {
  count = 0
  readonly examples: string[] = []

  add(name: string): void {
    this.count++
    if (this.examples.length < MOST_EXAMPLES) this.examples.push(name)
  }
}

interface Findings extends KeyspaceAudit {
  readonly withoutTtl: Found
  readonly ttlTooLong: Found
  readonly unknownFormat: Found
  readonly fences: Found
}

const noFindings = (): Findings => ({
  withoutTtl: new Found(),
  ttlTooLong: new Found(),
  unknownFormat: new Found(),
  fences: new Found(),
})

/**
 * Compares what the store holds with what is declared. For operators: it looks at every key once, in small steps.
 * Fails as the store does.
 */
export async function auditStore(
  store: SurveyStore,
  keyspaces: Keyspaces,
  clock: Clock,
  options: SurveyOptions = {},
): Promise<AuditReport> {
  const match = matchKeys(keyspaces)
  const sizes = new Sizes(keyspaces)
  const findings = new Map(Object.keys(keyspaces).map((name) => [name, noFindings()]))
  const orphans = new Orphans()
  const earlierRuns = new Found()
  const internalWithoutTtl = new Found()

  const judge = (stored: StoredName, seen: SeenKey): void => {
    const { part, key, name } = stored
    const isKept = seen.ttlMs === null
    if (part === 'past') return earlierRuns.add(name)
    if (part === 'mark' || part === 'tally') {
      // The generation of a whole keyspace is one key, and stays; so is and does the mark of the present epoch.
      if (isKept && !key.startsWith('all:') && key !== '~mark') internalWithoutTtl.add(name)
      return
    }
    const owner = match(key)
    const keyspace = owner === undefined ? undefined : keyspaces[owner]
    const found = owner === undefined ? undefined : findings.get(owner)
    if (!keyspace || !found || part === 'unknown') return orphans.add(key, name, isKept)
    if (part === 'plain' || part === 'strong') judgeValue(keyspace, found, name, seen)
    else if (isKept) found.withoutTtl.add(name)
  }

  const looked = await walk(store, clock, options, async (names, look) => {
    const seen = await look(
      names.map(({ name }) => name),
      sizes.count(names),
    )
    names.forEach((name, index) => {
      const each = seen[index]
      sizes.add(name, each)
      if (each) judge(name, each)
    })
  })
  const groups = orphans.groups()
  const isClean =
    groups.length === 0 &&
    earlierRuns.count + internalWithoutTtl.count === 0 &&
    [...findings.values()].every(
      ({ withoutTtl, ttlTooLong, unknownFormat }) =>
        withoutTtl.count + ttlTooLong.count + unknownFormat.count === 0,
    )
  return {
    ...sizes.report(looked),
    findings: Object.fromEntries(findings),
    orphans: groups,
    earlierRuns,
    internalWithoutTtl,
    isClean,
  }
}

function judgeValue(keyspace: Keyspace, found: Findings, name: string, { ttlMs, head }: SeenKey): void {
  if (!isKnownFormat(keyspace, head)) found.unknownFormat.add(name)
  if (isFence(keyspace, head)) return found.fences.add(name)
  const mostMs = longestMs(keyspace)
  if (isForever(keyspace)) return
  if (ttlMs === null) found.withoutTtl.add(name)
  else if (mostMs !== undefined && ttlMs > mostMs + TOLERANCE_MS) found.ttlTooLong.add(name)
}
