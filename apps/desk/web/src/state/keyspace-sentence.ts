import type { Keyspace } from '../api/shapes.ts'
import { formatCount, formatShare } from '../format/count.ts'
import { countOf, failuresOf, missesOf, readsOf } from './keyspace-counts.ts'

/** What the figures of a keyspace mean, in one sentence. */
export function keyspaceSentence(keyspace: Keyspace): string {
  const reads = readsOf(keyspace)
  if (reads === 0) return 'Nothing has been read yet.'
  const misses = missesOf(keyspace)
  const local = formatShare(countOf(keyspace, 'l1Hits') / reads)
  const asked = misses === 0 ? 'none had to ask the source' : `${formatCount(misses)} had to ask the source`
  const failures = failuresOf(keyspace)
  const failed = failures > 0 ? `, and ${formatCount(failures)} failed` : ''
  return `Of ${formatCount(reads)} reads, ${local} never left this process, ${asked}${failed}.`
}
