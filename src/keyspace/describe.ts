import type { Keyspace } from './keyspace.ts'
import type { Keyspaces } from './registry.ts'

/** A declaration in plain values: what reference pages, panels and alert rules are made from. */
export interface KeyspaceDescription extends Pick<Keyspace, 'kind' | 'about' | 'expect' | 'details'> {
  readonly name: string
  /** The key pattern as declared. */
  readonly key: string
  readonly parameters: readonly string[]
}

/** All declarations in plain values, in the order of their declaration. */
export function describe(keyspaces: Keyspaces): KeyspaceDescription[] {
  return Object.entries(keyspaces).map(([name, { kind, pattern, about, expect, details }]) => ({
    name,
    kind,
    key: pattern.text,
    parameters: pattern.parameters,
    about,
    expect,
    details,
  }))
}
