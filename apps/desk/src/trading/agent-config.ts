import { lockAgent, setConfig } from '../db/agents.ts'
import { DeskError } from '../domain/desk-error.ts'
import { agent } from '../keyspaces/agents.ts'
import { account } from '../keyspaces/trading.ts'
import type { DeskState } from '../ops/state.ts'
import { TradingConfig } from './rules/config.ts'
import { contradictions } from './rules/contradictions.ts'

/** A change of a config: objects are merged, `null` takes a field back to its default, all else takes its place. */
export type ConfigPatch = Readonly<Record<string, unknown>>

/**
 * Changes the config of a user's agent, all of `patch` or nothing. Two changes at once are made one after the other.
 * The change is one of what its owner sees, defaults included, and all of that is stored: an agent that was set up
 * goes on as it was set up when defaults change.
 *
 * @throws DeskError UNKNOWN_AGENT; CONFIG_INVALID or CONFIG_CONTRADICTORY, naming the fields
 */
export function changeConfig(
  state: Pick<DeskState, 'write'>,
  userId: string,
  agentId: string,
  patch: ConfigPatch,
): Promise<TradingConfig> {
  return state.write(async (tx, changes) => {
    const locked = await lockAgent(tx, agentId, userId)
    if (!locked) throw new DeskError('UNKNOWN_AGENT', `You have no agent ${agentId}.`)
    const shown = TradingConfig.safeParse(locked.config)
    // What cannot be read is mended by what is said now, or refused with it.
    const config = checked(merged(shown.success ? shown.data : locked.config, patch))
    await setConfig(tx, agentId, config)
    changes.touch(agent, { agentId })
    changes.touch(account, { userId })
    return config
  })
}

function checked(said: unknown): TradingConfig {
  const parsed = TradingConfig.safeParse(said)
  if (!parsed.success) {
    throw refused(
      'CONFIG_INVALID',
      parsed.error.issues.flatMap((issue) => {
        const path = issue.path.map(String)
        // An unknown field is an issue of the object around it.
        const names = issue.code === 'unrecognized_keys' ? issue.keys.map((name) => [...path, name]) : [path]
        const message = issue.code === 'unrecognized_keys' ? 'is no field of a config' : issue.message
        return names.map((name) => ({ field: name.join('.'), message }))
      }),
    )
  }
  const found = contradictions(parsed.data)
  if (found.length > 0) throw refused('CONFIG_CONTRADICTORY', found)
  return parsed.data
}

function refused(
  code: 'CONFIG_INVALID' | 'CONFIG_CONTRADICTORY',
  errors: readonly { readonly field: string; readonly message: string }[],
): DeskError {
  return new DeskError(code, errors.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    errors,
  })
}

/** No config is deeper; what is, is refused as it stands. */
const DEEPEST = 8

/** RFC 7396, JSON Merge Patch. */
function merged(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch) || depth === DEEPEST) return patch
  const result = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name)
    else result.set(name, merged(result.get(name), value, depth + 1))
  }
  // Own fields only, whatever they are called: `__proto__` becomes a field, and is refused as an unknown one.
  return Object.fromEntries(result)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
