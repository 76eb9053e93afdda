import type { Command, DatabaseCommand } from '../command.ts'
import { audit } from './audit.ts'
import { gate } from './gate.ts'
import { inspect } from './inspect.ts'
import { size } from './size.ts'
import { totals } from './totals.ts'

/** All commands, in the order of the help. */
export const COMMANDS: readonly (Command | DatabaseCommand)[] = [inspect, audit, size, totals, gate]
