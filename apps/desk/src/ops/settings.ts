import { z } from 'zod'
import { SettingError } from '../domain/desk-error.ts'
import { type Role, ROLES } from './roles.ts'

const url = (protocols: readonly string[]): z.ZodType<string> =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    error: `must begin with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  })

const wholeNumber = (least: number, most: number): z.ZodType<number> => {
  const error = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, error).max(most, error))
}

const duration = (mostMs: number): z.ZodType<number> => {
  const error = `must be a duration such as 120ms or 1s, at most ${mostMs / 1_000}s`
  return z
    .string()
    .regex(/^(0|\d{1,6}(ms|s))$/, { error, abort: true })
    .transform((text) => Number.parseInt(text, 10) * (/\ds$/.test(text) ? 1_000 : 1))
    .pipe(z.number().max(mostMs, error))
}

const roles = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
  .pipe(z.array(z.enum(ROLES, `must be some of ${ROLES.join(', ')}, with commas between them`)))

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** What each is for is said by `--help`: one line, completed by its name and its default. */
const Settings = z.object({
  DATABASE_URL: url(['postgres', 'postgresql'])
    .optional()
    .describe('A PostgreSQL to use; without it the packaged one is started'),
  REDIS_URL: url(['redis', 'rediss', 'unix'])
    .optional()
    .describe('A Redis to use; without it one found here is started, else state stays in memory'),
  PORT: wholeNumber(0, 65_535).default(4_400).describe('Port of API and dashboard, 0 for any free one'),
  ROLES: roles.prefault(ROLES.join(',')).describe('What this process does'),
  HEALTH_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe('A port for /health alone, 0 for any free one; a process without the role api has no other'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on'),
  DATA_DIR: z.string().default('.data').describe('Folder of the private servers and of secrets'),
  JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('Key that signs tokens, 32 characters or more; without it one is made and kept'),
  JWT_TTL_SECONDS: wholeNumber(1, 31_536_000)
    .default(86_400)
    .describe('How long a token is valid, in seconds'),
  VENUE_URL: url(['http', 'https'])
    .optional()
    .describe('A venue that executes orders; without it they are executed on paper'),
  TRADES_PER_MINUTE: wholeNumber(1, 100_000)
    .default(10)
    .describe('Trades that a user may ask for in a minute'),
  PAPER_LATENCY: duration(60_000)
    .prefault('120ms')
    .describe('How long an order on paper takes, up to 60s; without effect on a replay'),
  SIMULATOR_SEED: z.string().default('holdfast').describe('Any text; the same one gives the same market'),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`)
    .default('warn')
    .describe(`What is logged to stderr: ${LOG_LEVELS.join(', ')}`),
})

/** The name of an environment variable that the desk reads. */
export type SettingName = keyof typeof Settings.shape

/** Names of all settings. */
export const SETTING_NAMES = Object.keys(Settings.shape) as readonly SettingName[]

/** What a setting is for, and its default where it has one, in one line for people. */
export function describeSetting(name: SettingName): string {
  const schema: z.ZodType = Settings.shape[name]
  const about = schema.description ?? ''
  const hasDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return hasDefault ? `${about} (default ${String(schema.def.defaultValue)})` : about
}

/** How this desk is to run. An empty variable counts as not set. */
export interface Settings {
  /** Undefined: the packaged PostgreSQL is started. */
  readonly databaseUrl: string | undefined
  /** Undefined: a Redis found on the machine is started, or state stays in this process. */
  readonly redisUrl: string | undefined
  /** 0: any free port. */
  readonly port: number
  /** 0: any free port. Undefined: health is asked for at `port`, if anywhere. */
  readonly healthPort: number | undefined
  readonly host: string
  /** What this process does. Not all of it: then others do the rest, on the same servers. */
  readonly roles: readonly Role[]
  readonly dataDir: string
  /** Undefined: one is made and kept in the data folder. */
  readonly jwtSecret: string | undefined
  readonly jwtTtlSeconds: number
  /** Undefined: orders are executed on paper. */
  readonly venueUrl: string | undefined
  /** What a user may ask for by API; replays are not counted. */
  readonly tradesPerMinute: number
  /** How long an order on paper takes; without effect on a replay. */
  readonly paperLatencyMs: number
  readonly simulatorSeed: string
  readonly logLevel: (typeof LOG_LEVELS)[number]
}

/**
 * Settings from the command line, by the names of their environment variables, and from the environment.
 *
 * @throws SettingError naming the first variable that is wrong. Values are not repeated: they may hold passwords.
 */
export function readSettings(
  given: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const isSet = ([, value]: [string, string | undefined]): boolean => value !== undefined && value !== ''
  const set = Object.fromEntries([
    ...Object.entries(environment).filter(isSet),
    ...Object.entries(given).filter(isSet),
  ])
  const parsed = Settings.safeParse(set)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SettingError(String(issue?.path[0] ?? 'environment'), issue?.message ?? 'is not accepted')
  }
  const { data } = parsed
  return {
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    port: data.PORT,
    healthPort: data.HEALTH_PORT,
    host: data.HOST,
    roles: data.ROLES,
    dataDir: data.DATA_DIR,
    jwtSecret: data.JWT_SECRET,
    jwtTtlSeconds: data.JWT_TTL_SECONDS,
    venueUrl: data.VENUE_URL,
    tradesPerMinute: data.TRADES_PER_MINUTE,
    paperLatencyMs: data.PAPER_LATENCY,
    simulatorSeed: data.SIMULATOR_SEED,
    logLevel: data.LOG_LEVEL,
  }
}
