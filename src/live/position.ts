/** A position of an event as what it is made of: the run of numbers, and the number. */
export function placeOf(position: string): { readonly line: string; readonly seq: number } {
  const colon = position.lastIndexOf(':')
  return { line: position.slice(0, Math.max(0, colon)), seq: Number(position.slice(colon + 1)) }
}

/** The position before the first event after a gap. Of a run of numbers that was lost it stays one of that run. */
export function beforeNext(position: string, { next }: { readonly next: number }): string {
  return `${placeOf(position).line}:${next - 1}`
}
