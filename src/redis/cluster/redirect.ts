import { StoreRefusedError } from '../../core/errors.ts'
import { parseAddress, type NodeAddress } from '../node.ts'

/** A node's answer that it does not run a command, and who does. Nothing of the command has run. */
export interface Redirect {
  /**
   * `moved`: the slot is another node's now. `ask`: it is being moved, and this key is there already; others are not.
   * `again`: some of the keys are here and some there, for as long as the slot takes to move.
   */
  readonly kind: 'moved' | 'ask' | 'again'
  /** As announced. Without it, or with an empty host: that of the node that answered. */
  readonly node?: NodeAddress
}

/** Undefined for an error that is no redirect. */
export function parseRedirect(error: unknown): Redirect | undefined {
  if (!(error instanceof StoreRefusedError) || !(error.cause instanceof Error)) return undefined
  const { message } = error.cause
  if (message.startsWith('TRYAGAIN')) return { kind: 'again' }
  const [, code, address = ''] = /^(MOVED|ASK) \d+ (\S+)$/.exec(message) ?? []
  const node = parseAddress(address)
  return node && { kind: code === 'ASK' ? 'ask' : 'moved', node }
}
