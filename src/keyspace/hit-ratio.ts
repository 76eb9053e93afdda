/**
 * Hits among hits and loads; null before the first of them. A read that waited for a load which another read had
 * begun is neither: fifty callers of one absent key are fifty misses, and one load. Without a loader, hits among reads.
 */
export function hitRatio(counts: Readonly<Record<string, number>>, hasLoader: boolean): number | null {
  const hits = (counts['l1Hits'] ?? 0) + (counts['l2Hits'] ?? 0)
  const missed = (hasLoader ? counts['loads'] : counts['misses']) ?? 0
  return hits + missed === 0 ? null : hits / (hits + missed)
}
