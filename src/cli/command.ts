import type { Clock } from '../core/clock.ts'
import { HoldfastError } from '../core/errors.ts'
import type { Keyspaces } from '../keyspace/registry.ts'
import type { StoreFactory } from '../store.ts'

/** What a command may do to the world. */
export interface Terminal {
  /** One line to standard output. */
  out(line: string): void
  /** One line to standard error. */
  complain(line: string): void
}

/** What every command works with. */
interface Context extends Terminal {
  readonly clock: Clock
  /** Print one JSON document instead of text. */
  readonly isJson: boolean
  /** What follows the name of the command, without options. */
  readonly words: readonly string[]
  /** Options of the command's own. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

/** What a command works on that looks into the store. */
export interface CommandContext extends Context {
  readonly keyspaces: Keyspaces
  readonly store: StoreFactory
}

/** What a command works on that asks PostgreSQL alone. */
export interface DatabaseContext extends Context {
  readonly databaseUrl: string
  /** Of the store. */
  readonly namespace: string
}

/** How a command is called. */
interface Usage {
  readonly name: string
  /** What follows the name: `<keyspace> <parameter>=<value> …`. */
  readonly words: string
  /** One line: what it is for. */
  readonly about: string
  /** Options of its own, by name: what they take, and what they do. */
  readonly options: Readonly<Record<string, { readonly value: string; readonly about: string }>>
}

/** One command of `holdfast`. */
export interface Command extends Usage {
  readonly on?: 'store'
  /** Resolves with the exit code. */
  run(context: CommandContext): Promise<number>
}

/** A command that needs PostgreSQL, and neither the store nor declarations. */
export interface DatabaseCommand extends Usage {
  readonly on: 'database'
  /** Resolves with the exit code. */
  run(context: DatabaseContext): Promise<number>
}

/** All went well. */
export const DONE = 0
/** The command did its work, and found what somebody should look into. */
export const FOUND_TROUBLE = 1
/** The command line is wrong. */
export const WRONG_USAGE = 2
/** The work could not be done. */
export const FAILED = 3

/** A command line that is wrong. */
export class UsageError extends HoldfastError {
  constructor(problem: string) {
    super('HF_DECLARATION', problem)
  }
}
