const LONGEST = 60

/** What is wrong with a name, or null. The desk checks again and has the last word. */
export function nameError(name: string): string | null {
  const { length } = name.trim()
  if (length === 0) return 'Give the agent a name.'
  if (length > LONGEST) return `Use at most ${LONGEST} characters; this is ${length}.`
  return null
}
