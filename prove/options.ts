/** What `--help` says. */
export const HELP = `npm run prove -- [--seconds 60] [--seed N] [--workers 8] [--faults names] [--json] [--history FILE]

Real Redis (a primary, a replica, a Sentinel) and real PostgreSQL under load from several processes, with faults of
every kind all the time; then a verdict over all that anybody did and saw. Exit code 1 when something is not as promised.

  --seconds N      how long faults are injected; how old the data of a scenario is (default 60)
  --seed N         decides which faults, where and when (default: the time)
  --workers N      processes (default 8)
  --faults A,B     only faults whose names begin so
  --mutations      instead: designs that are wrong, each until it is caught, for at most 60 s
  --designs A,B    only designs whose names begin so
  --scenario NAME  instead: one thing that happens under load, and what it costs. failover: Sentinel promotes a
                   replica that lags; old-rdb: Redis comes back as it was --seconds ago; restore: PostgreSQL does
  --crash-table    instead: a process is killed at each step of a write, a read, healing and the gate; what it leaves in
                   Redis, what the next read answers and from where, and how long until Redis answers again
  --write          with --crash-table: into docs/reference/crash-table.md, too
  --json           one report as JSON; progress goes to standard error
  --history FILE   every operation as a line of JSON, for other judges
  --help           this, and all faults`

/** The arguments, read. */
export interface Options {
  readonly help: boolean
  readonly seconds: number
  readonly seed: number
  readonly workers: number
  readonly faults: readonly string[]
  readonly json: boolean
  readonly mutations: boolean
  readonly crashTable: boolean
  readonly write: boolean
  readonly designs: readonly string[]
  readonly scenario: string | undefined
  readonly history: string | undefined
}

const FLAGS = ['--help', '--json', '--mutations', '--crash-table', '--write']
const VALUES = ['--designs', '--seconds', '--seed', '--workers', '--faults', '--scenario', '--history']
const SCENARIO_NAMES = ['failover', 'old-rdb', 'restore']

/** Reads the arguments; or says what is wrong with them. */
export function readOptions(args: readonly string[]): Options | { readonly problem: string } {
  const given = new Map<string, string>()
  for (let at = 0; at < args.length; at++) {
    const name = args[at] as string
    if (FLAGS.includes(name)) given.set(name, '')
    else if (VALUES.includes(name) && args[at + 1] !== undefined) given.set(name, args[++at] as string)
    else return { problem: `'${name}' is no option, or its value is missing` }
  }
  const number = (name: string, otherwise: number): number => Number(given.get(name) ?? otherwise)
  const options = {
    help: given.has('--help'),
    seconds: number('--seconds', 60),
    seed: number('--seed', Date.now() % 2 ** 31),
    workers: number('--workers', 8),
    faults: given.get('--faults')?.split(',') ?? [],
    json: given.has('--json'),
    mutations: given.has('--mutations'),
    crashTable: given.has('--crash-table'),
    write: given.has('--write'),
    designs: given.get('--designs')?.split(',') ?? [],
    scenario: given.get('--scenario'),
    history: given.get('--history'),
  }
  if (!(options.seconds >= 1 && options.seconds <= 86_400)) return { problem: '--seconds takes 1 to 86400' }
  if (!Number.isInteger(options.workers) || options.workers < 2 || options.workers > 32)
    return { problem: '--workers takes 2 to 32' }
  if (options.scenario !== undefined && !SCENARIO_NAMES.includes(options.scenario))
    return { problem: `--scenario takes ${SCENARIO_NAMES.join(', ')}` }
  if (!Number.isInteger(options.seed) || options.seed < 0) return { problem: '--seed takes a whole number' }
  return options
}
