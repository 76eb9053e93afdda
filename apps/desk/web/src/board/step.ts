const PAGE = 10

/** Where a key leads from row `index` of `count`; null for a key that leads nowhere. */
export function steppedIndex(key: string, index: number, count: number): number | null {
  const last = count - 1
  if (index < 0 || last < 0) return null
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, index + 1)
    case 'ArrowUp':
      return Math.max(0, index - 1)
    case 'PageDown':
      return Math.min(last, index + PAGE)
    case 'PageUp':
      return Math.max(0, index - PAGE)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}
