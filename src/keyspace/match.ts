import type { Keyspaces } from './registry.ts'

/** The name of the keyspace to which a key belongs; undefined for a key of none. */
export type Match = (key: string) => string | undefined

/**
 * Makes the way back from a key to its keyspace. No two keyspaces share a key, and parameter values hold no colon, so
 * there is at most one, and comparing literals finds it.
 */
export function matchKeys(keyspaces: Keyspaces): Match {
  const byLength = new Map<number, { name: string; literals: (string | undefined)[] }[]>()
  for (const [name, { pattern }] of Object.entries(keyspaces)) {
    const literals = pattern.segments.map((part) => ('literal' in part ? part.literal : undefined))
    const others = byLength.get(literals.length) ?? []
    byLength.set(literals.length, [...others, { name, literals }])
  }
  return (key) => {
    const parts = key.split(':')
    return byLength
      .get(parts.length)
      ?.find(({ literals }) =>
        literals.every((literal, index) =>
          literal === undefined ? parts[index] !== '' : literal === parts[index],
        ),
      )?.name
  }
}
