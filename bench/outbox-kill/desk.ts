import { topic } from 'holdfast'
import { z } from 'zod'

/** What a process is to do. */
export interface NodeOrder {
  readonly role: Role
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string }
}

/** `api` writes, `relay` hands on, `worker` does what events say. */
export type Role = 'api' | 'relay' | 'worker'

/** Whose accounts change. */
export const AGENTS: readonly string[] = Array.from({ length: 20 }, (_, index) => `a${index}`)

/** Each change of an account. */
export const moves = topic({
  key: 'moves:{agent}',
  about: 'What changed in the account of an agent.',
  value: z.object({ version: z.number() }),
  maxLength: 1_000_000,
})

/** An account and its changes, and the effects of their events. */
export const SCHEMA = `
  CREATE TABLE account (agent text PRIMARY KEY, version integer NOT NULL);
  CREATE TABLE change (agent text, version integer, PRIMARY KEY (agent, version));
  CREATE TABLE effect (event text PRIMARY KEY, agent text NOT NULL, version integer NOT NULL);
  INSERT INTO account SELECT 'a' || i, 0 FROM generate_series(0, ${AGENTS.length - 1}) AS i`
