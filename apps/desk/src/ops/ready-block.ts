import type { Desk } from './start.ts'
import type { DeskPart } from './start-apart.ts'

/** What a person sees when the desk is ready: where to go, as whom, what is real, and how to switch on the rest. */
export function readyBlock({ url, health, demo, mode, about }: Desk): string {
  const rows: [string, string][] = [
    ['Dashboard', url],
    ['Login', `${demo.email}   ${demo.password}`],
    ['API', `${url}/docs`],
    ...healthRow(health),
    ['', ''],
    ['Prices', about.prices],
    ['Execution', about.execution],
    ['Database', about.database],
    ['State', about.store],
  ]
  const hints = [
    mode.database === 'embedded' && 'DATABASE_URL=postgres://…   uses your PostgreSQL',
    mode.store === 'memory' &&
      'REDIS_URL=redis://…         shares state between processes (or install redis-server)',
    mode.store === 'redis' &&
      about.store.startsWith('embedded') &&
      'REDIS_URL=redis://…         uses your Redis',
    mode.priceSource === 'simulator' &&
      'npm start -- --replay FILE --symbol XRPETH --speed 60   replays a recorded market',
  ].filter((hint) => hint !== false)
  return [
    '',
    '  Holdfast desk is ready',
    '',
    ...lines(rows),
    ...(hints.length > 0 ? ['', ...hints.map((hint) => `  ${hint}`)] : []),
    '',
    '  Ctrl-C stops everything that was started here.',
    '',
  ].join('\n')
}

/** The same for a process without the API. */
export function partBlock({ roles, health, about }: DeskPart): string {
  const rows: [string, string][] = [
    ['Roles', roles.join(', ')],
    ...healthRow(health),
    ['Execution', about.execution],
    ['Database', about.database],
    ['State', about.store],
  ]
  return ['', '  A part of a Holdfast desk is ready', '', ...lines(rows), '', '  Ctrl-C stops it.', ''].join(
    '\n',
  )
}

function healthRow(health: string | null): [string, string][] {
  return health === null ? [] : [['Health', `${health}/health/ready`]]
}

function lines(rows: readonly [string, string][]): string[] {
  return rows.map(([name, value]) => (name === '' ? '' : `  ${name.padEnd(12)}${value}`))
}
