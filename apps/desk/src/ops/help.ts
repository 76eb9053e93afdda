import type { ArgsDef } from 'citty'
import { OPTIONS } from './command-line.ts'
import { ABOUT_ROLES, ROLES } from './roles.ts'
import { describeSetting, SETTING_NAMES } from './settings.ts'

/** What `--help` prints: how to start the desk, its options and its settings. From their declarations, plain text. */
export function helpText(description: string): string {
  const args: ArgsDef = OPTIONS
  const options = Object.entries(args).map(([name, { description: about = '', valueHint }]): Line => {
    return [`--${name}${valueHint === undefined ? '' : ` <${valueHint}>`}`, about]
  })
  const builtIn: Line[] = [
    ['--help', 'Print this'],
    ['--version', 'Print the version'],
  ]
  return [
    description,
    '',
    'Usage: npm start -- [options]',
    '',
    'Options',
    ...columns([...options, ...builtIn]),
    '',
    'Settings, from the environment (an option wins)',
    ...columns(SETTING_NAMES.map((name) => [name, describeSetting(name)])),
    '',
    'Roles: any number of processes may have each, on the same DATABASE_URL and REDIS_URL',
    ...columns(ROLES.map((role) => [role, ABOUT_ROLES[role]])),
  ].join('\n')
}

type Line = readonly [name: string, about: string]

function columns(lines: readonly Line[]): string[] {
  const width = Math.max(...lines.map(([name]) => name.length)) + 2
  return lines.map(([name, about]) => `  ${name.padEnd(width)}${about}`)
}
