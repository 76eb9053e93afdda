import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { Clock } from '../core/clock.ts'
import { DeclarationError, HoldfastError, InvalidIdError } from '../core/errors.ts'
import { redisStore } from '../redis/store.ts'
import {
  type Command,
  type DatabaseCommand,
  DONE,
  FAILED,
  type Terminal,
  UsageError,
  WRONG_USAGE,
} from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { commandHelp, generalHelp } from './help.ts'
import { loadKeyspaces } from './keyspaces.ts'

/** What surrounds a command. */
export interface Surroundings extends Terminal {
  readonly clock: Clock
  /** The Redis of the environment, if it names one. */
  readonly redisUrl: string | undefined
  /** The PostgreSQL of the environment, if it names one. */
  readonly databaseUrl?: string | undefined
}

/** Runs `holdfast` with these words, and resolves with its exit code. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, complain } = surroundings
  try {
    const [name = '--help', ...rest] = words
    if (name === '--help' || name === 'help') {
      generalHelp().forEach(out)
      return DONE
    }
    const command = COMMANDS.find((each) => each.name === name)
    if (!command)
      throw new UsageError(
        `'${name}' is no command; there are ${COMMANDS.map((each) => each.name).join(', ')}`,
      )
    return await runCommand(command, rest, surroundings)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    complain(`holdfast: ${error.message}`)
    const isUsage =
      error instanceof UsageError || error instanceof DeclarationError || error instanceof InvalidIdError
    if (isUsage) complain('See holdfast --help.')
    return isUsage ? WRONG_USAGE : FAILED
  }
}

async function runCommand(
  command: Command | DatabaseCommand,
  args: readonly string[],
  { out, complain, clock, redisUrl, databaseUrl: ofEnvironment }: Surroundings,
): Promise<number> {
  const { values, positionals } = parse(command, args)
  const text = (option: string): string | undefined =>
    typeof values[option] === 'string' ? values[option] : undefined
  if (values['help'] === true) {
    commandHelp(command).forEach(out)
    return DONE
  }
  const isJson = values['json'] === true
  const namespace = text('namespace')
  const common = { out, complain, clock, isJson, words: positionals, options: values }
  if (command.on === 'database') {
    const databaseUrl = text('database') ?? ofEnvironment
    if (databaseUrl === undefined) throw new UsageError('--database is missing, and so is DATABASE_URL')
    return command.run({ ...common, databaseUrl, namespace: namespace ?? 'holdfast' })
  }
  const path = text('keyspaces')
  if (path === undefined) throw new UsageError('--keyspaces is missing: the module with the declarations')
  const url = text('redis') ?? redisUrl
  if (url === undefined) throw new UsageError('--redis is missing, and so is REDIS_URL')
  const store = redisStore({ url, ...(namespace !== undefined && { namespace }) })
  const keyspaces = await loadKeyspaces(path)
  return command.run({ ...common, keyspaces, store })
}

function parse(
  command: Command | DatabaseCommand,
  args: readonly string[],
): { values: Readonly<Record<string, string | boolean | undefined>>; positionals: readonly string[] } {
  const string = { type: 'string' } as const
  const boolean = { type: 'boolean' } as const
  const own = Object.keys(command.options).map((name) => [name, string] as const)
  const options: NonNullable<ParseArgsConfig['options']> = {
    ...Object.fromEntries(own),
    ...(command.on === 'database' ? { database: string } : { keyspaces: string, redis: string }),
    namespace: string,
    json: boolean,
    help: boolean,
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    if (command.words === '' && positionals.length > 0)
      throw new UsageError(`${command.name} takes no '${positionals.join(' ')}'`)
    return { values: values as Readonly<Record<string, string | boolean | undefined>>, positionals }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${command.name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
