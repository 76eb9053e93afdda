import { createClient } from '@redis/client'

/** How the bare client is configured wherever ours is compared with it. */
export const BARE_CONFIGURATION = 'createClient({ url, commandOptions: { timeout: 0 } })'

/** A client as a program has it that does without a cache. Its own timeout would cost several times the command. */
export async function bareClient(url: string) {
  return createClient({ url, commandOptions: { timeout: 0 } }).connect()
}

/** See `bareClient`. */
export type BareClient = Awaited<ReturnType<typeof bareClient>>
