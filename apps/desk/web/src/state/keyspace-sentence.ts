import type { Keyspace } from '../api/shapes.ts'
import { formatCount, formatShare } from '../format/count.ts'
import { countOf, failuresOf, missesOf, readsOf } from './keyspace-counts.ts'

/** What the figures of a keyspace mean, in one sentence. */
export function keyspaceSentence(keyspace: Keyspace): string {
  const reads = readsOf(keyspace)
  if (reads === 0) return 'Nothing has been read yet.'
  const local = formatShare(countOf(keyspace, 'l1Hits') / reads)
  const failures = failuresOf(keyspace)
  const failed = failures > 0 ? `, and ${formatCount(failures)} failed` : ''
  return `Of ${formatCount(reads)} reads, ${local} never left this process, ${askedWords(keyspace)}${failed}.`
}

function askedWords(keyspace: Keyspace): string {
  const misses = missesOf(keyspace)
  const loads = countOf(keyspace, 'loads')
  if (misses === 0) return 'none had to ask the source'
  if (loads === 0 || loads >= misses) return `${formatCount(misses)} had to ask the source`
  return `${formatCount(misses)} waited for ${formatCount(loads)} ${loads === 1 ? 'load' : 'loads'} of the source`
}
