import { measureSizes, type KeyspaceSize, type SizeReport } from '../../survey/sizes.ts'
import { type Command, DONE } from '../command.ts'
import { formatBytes, formatNumber, jsonLine, lookedLine } from '../format.ts'
import { SURVEY_OPTIONS, surveyOptions } from '../survey-options.ts'
import { tableLines } from '../table.ts'
import { withStore } from '../with-store.ts'

/** How much the store holds. */
export const size: Command = {
  name: 'size',
  words: '',
  about: 'keys and bytes of each keyspace; bytes are measured of some and taken for all',
  options: SURVEY_OPTIONS,
  async run(context) {
    const { keyspaces, clock } = context
    const limits = surveyOptions(context)
    const report = await withStore(context, ({ survey }) => measureSizes(survey, keyspaces, clock, limits))
    if (context.isJson) context.out(jsonLine(report))
    else for (const line of sizeLines(report)) context.out(line)
    return DONE
  },
}

/** A size report as text. */
export function sizeLines({ keyspaces, internal, others, looked }: SizeReport): string[] {
  const row = (name: string, { keys, bytes, sampled }: KeyspaceSize): string[] => {
    const each = keys > 0 && bytes !== null ? Math.round(bytes / keys) : null
    return [name, formatNumber(keys), formatBytes(bytes), formatBytes(each), formatNumber(sampled)]
  }
  const rows = Object.entries(keyspaces).map(([name, each]) => row(name, each))
  const all = [...rows, row('(internal)', internal), row('(not declared)', others)]
  return [...tableLines(COLUMNS, all), '', lookedLine(looked)]
}

const COLUMNS = [
  { title: 'keyspace' },
  { title: 'keys', align: 'right' },
  { title: 'bytes', align: 'right' },
  { title: 'each', align: 'right' },
  { title: 'measured', align: 'right' },
] as const
