import type { Duration } from '../core/duration.ts'
import type { SurveyOptions } from '../survey/walk.ts'
import { type Command, type CommandContext, UsageError } from './command.ts'

/** The options of commands that look at many keys. */
export const SURVEY_OPTIONS: Command['options'] = {
  'max-keys': { value: 'number', about: 'stop after about so many keys (default 1,000,000)' },
  'time-limit': { value: 'duration', about: "stop after so long, as in '10s' (default 30s)" },
}

/** What the command line says of them. @throws UsageError */
export function surveyOptions({ options }: Pick<CommandContext, 'options'>): SurveyOptions {
  const { 'max-keys': maxKeys, 'time-limit': timeLimit } = options
  if (maxKeys !== undefined && !/^[1-9]\d*$/.test(String(maxKeys)))
    throw new UsageError(`--max-keys ${String(maxKeys)}: is no whole number above 0`)
  return {
    ...(maxKeys !== undefined && { maxKeys: Number(maxKeys) }),
    // Checked where it is used.
    ...(timeLimit !== undefined && { timeLimit: String(timeLimit) as Duration }),
  }
}
