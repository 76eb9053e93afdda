import type { Command, DatabaseCommand } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { tableLines } from './table.ts'

type Options = Command['options']

const STORE: Options = {
  keyspaces: { value: 'module', about: 'a compiled module that exports the declarations' },
  redis: {
    value: 'url',
    about: 'the Redis (default: REDIS_URL, which keeps a password off the process list)',
  },
}
const DATABASE: Options = {
  database: {
    value: 'url',
    about: 'the PostgreSQL (default: DATABASE_URL, which keeps a password off the process list)',
  },
}
const COMMON: Options = {
  namespace: { value: 'name', about: "the store's namespace (default holdfast)" },
  json: { value: '', about: 'print one JSON document' },
  help: { value: '', about: 'print this' },
}

/** The help of all commands. */
export function generalHelp(): string[] {
  return [
    'holdfast looks into the state of an application, while it runs. Only gate changes something.',
    '',
    'Usage: holdfast <command> --keyspaces <module> [options]',
    '',
    ...indented(COMMANDS.map(({ name, words, about }) => [`${name} ${words}`.trim(), about])),
    '',
    'Options:',
    ...optionLines({ ...STORE, ...DATABASE, ...COMMON }),
    '',
    'Exit codes: 0 done; 1 done, and something should be looked into; 2 wrong usage; 3 it could not be done.',
    'More: holdfast <command> --help',
  ]
}

/** The help of one command. */
export function commandHelp({ name, words, about, options, on }: Command | DatabaseCommand): string[] {
  const needs = on === 'database' ? '' : ' --keyspaces <module>'
  return [
    `Usage: ${['holdfast', name, words].filter(Boolean).join(' ')}${needs} [options]`,
    '',
    `${about.charAt(0).toUpperCase()}${about.slice(1)}.`,
    '',
    'Options:',
    ...optionLines({ ...options, ...(on === 'database' ? DATABASE : STORE), ...COMMON }),
  ]
}

function optionLines(options: Options): string[] {
  return indented(
    Object.entries(options).map(([name, { value, about }]) => [
      `--${name}${value === '' ? '' : ` <${value}>`}`,
      about,
    ]),
  )
}

function indented(rows: readonly (readonly string[])[]): string[] {
  return tableLines([{ title: '' }, { title: '' }], rows)
    .slice(1)
    .map((line) => `  ${line}`)
}
