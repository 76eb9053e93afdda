import type { Clock } from '../core/clock.ts'
import { type Duration, parseDuration } from '../core/duration.ts'
import { DeclarationError } from '../core/errors.ts'
import type { SeenKey, StoredName, SurveyStore } from './port.ts'

/** How far to look. */
export interface SurveyOptions {
  /** Stop after about so many keys. Default 1,000,000. */
  readonly maxKeys?: number
  /** Stop after so long. Default 30 s. */
  readonly timeLimit?: Duration
  /** Told after each step. */
  readonly onProgress?: (progress: SurveyProgress) => void
}

/** How far it has come. */
export interface SurveyProgress {
  /** Keys seen. */
  readonly keys: number
  /** Of everything that is there, 0 to 1. On a Cluster only servers that are done count. */
  readonly share: number
}

/** What was looked at. */
export interface Looked extends SurveyProgress {
  /** Everything that was there from beginning to end was seen: no limit stopped it. */
  readonly isComplete: boolean
  readonly durationMs: number
}

/** Names that keyspaces have, and what is under them. */
export type Visit = (names: readonly StoredName[], look: SurveyStore['look']) => Promise<void>

/**
 * Walks through the store until it is through, or a limit is reached. Fails as the store does.
 *
 * @throws DeclarationError for an option that is none
 */
export async function walk(
  store: SurveyStore,
  clock: Clock,
  options: SurveyOptions,
  visit: Visit,
): Promise<Looked> {
  const { maxKeys = 1_000_000, timeLimit = '30s', onProgress } = options
  if (!(maxKeys >= 1)) throw new DeclarationError('survey.maxKeys', `${maxKeys} is no number above 0`)
  const timeLimitMs = parseDuration(timeLimit, 'survey.timeLimit')
  const startedMs = clock.now()
  let [keys, share] = [0, 0]
  for await (const page of store.pages()) {
    await visit(page.names, (names, measured) => store.look(names, measured))
    keys += page.names.length
    share = page.share
    onProgress?.({ keys, share })
    if (share < 1 && (keys >= maxKeys || clock.now() - startedMs >= timeLimitMs)) break
  }
  return { keys, share, isComplete: share === 1, durationMs: clock.now() - startedMs }
}

/** What is under one name; null for nothing. Fails as the store does. */
export async function lookAtOne(store: SurveyStore, name: string): Promise<SeenKey | null> {
  const [seen = null] = await store.look([name], [true])
  return seen
}
