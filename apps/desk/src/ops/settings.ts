import { z } from 'zod'
import { SettingError } from '../domain/desk-error.ts'

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

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

const Settings = z.object({
  DATABASE_URL: url(['postgres', 'postgresql']).optional(),
  REDIS_URL: url(['redis', 'rediss', 'unix']).optional(),
  PORT: wholeNumber(0, 65_535).default(4_400),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().default('.data'),
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  JWT_TTL_SECONDS: wholeNumber(1, 31_536_000).default(86_400),
  SIMULATOR_SEED: z.string().default('holdfast'),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('warn'),
})

/** How this desk is to run. An empty variable counts as not set. */
export interface Settings {
  /** Undefined: the packaged PostgreSQL is started. */
  readonly databaseUrl: string | undefined
  /** Undefined: a Redis found on the machine is started, or state stays in this process. */
  readonly redisUrl: string | undefined
  /** 0: any free port. */
  readonly port: number
  readonly host: string
  readonly dataDir: string
  /** Undefined: one is made and kept in the data folder. */
  readonly jwtSecret: string | undefined
  readonly jwtTtlSeconds: number
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
    host: data.HOST,
    dataDir: data.DATA_DIR,
    jwtSecret: data.JWT_SECRET,
    jwtTtlSeconds: data.JWT_TTL_SECONDS,
    simulatorSeed: data.SIMULATOR_SEED,
    logLevel: data.LOG_LEVEL,
  }
}
