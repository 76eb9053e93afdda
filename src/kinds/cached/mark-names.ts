import { DeclarationError } from '../../core/errors.ts'
import type { KeyPattern } from '../../keyspace/pattern.ts'

type AnyId = Readonly<Record<string, string>>

/** The name of a tag's generation. Tags are shared by all keyspaces of a state. */
export function tagMark(tag: string): string {
  return `tag:${tag}`
}

/** Under which generations the keys of one keyspace count. */
export interface MarkNames {
  /** For one key: the keyspace's own, then its groups', then its tags'. */
  of(id: AnyId): readonly string[]
  /**
   * The generation of a group of keys: of all without an id, else of those that begin with these parameters.
   *
   * @throws DeclarationError for parameters that are no declared group; InvalidIdError
   */
  ofGroup(group: Partial<AnyId> | undefined): string
}

/** The names for keys of `pattern`. `groups` are the last parameters of leading ones. */
export function markNames(
  pattern: KeyPattern,
  groups: readonly string[],
  tags: ((id: AnyId) => readonly string[]) | undefined,
): MarkNames {
  const shape = pattern.segments.map((part) => ('literal' in part ? part.literal : '*')).join(':')
  const all = `all:${shape}`
  const alone: readonly string[] = [all]
  const leading = groups.map((last) => {
    const parameters = pattern.parameters.slice(0, pattern.parameters.indexOf(last) + 1)
    const key = pattern.leadingKey(last)
    return { parameters, name: (id: AnyId) => `group:${shape}:${key(id)}` }
  })
  return {
    of(id) {
      if (leading.length === 0 && !tags) return alone
      return [all, ...leading.map(({ name }) => name(id)), ...(tags?.(id) ?? []).map(tagMark)]
    },
    ofGroup(group) {
      const given = Object.entries(group ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [name],
      )
      if (given.length === 0) return all
      const match = leading.find(
        ({ parameters }) =>
          parameters.length === given.length && parameters.every((name) => given.includes(name)),
      )
      if (!match)
        throw new DeclarationError(
          `key '${pattern.text}'`,
          `{ ${given.join(', ')} } is no group of it: declare groups with the last of some leading parameters`,
        )
      return match.name(group as AnyId)
    },
  }
}
