import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { checkKeyspaces, type Keyspaces } from '../keyspace/registry.ts'
import { UsageError } from './command.ts'

/**
 * The declarations that the module at `path` exports: by their names, or in an object as its default export.
 *
 * @throws UsageError when there is no such module, or nothing is declared in it; DeclarationError when the set
 * contradicts itself
 */
export async function loadKeyspaces(path: string): Promise<Keyspaces> {
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--keyspaces ${path}: cannot be loaded, give a compiled module: ${reason}`)
  }
  const all = { ...(exported['default'] as object | undefined), ...exported }
  const keyspaces = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, Keyspace] => isKeyspace(entry[1])),
  )
  if (Object.keys(keyspaces).length === 0)
    throw new UsageError(`--keyspaces ${path}: exports no keyspaces, such as those that cached(…) returns`)
  checkKeyspaces(keyspaces)
  return keyspaces
}

/** By its looks: the module may have another copy of this package. */
function isKeyspace(value: unknown): value is Keyspace {
  if (typeof value !== 'object' || value === null) return false
  const { kind, pattern, details } = value as Partial<Keyspace>
  return typeof kind === 'string' && typeof pattern?.key === 'function' && typeof details === 'object'
}
