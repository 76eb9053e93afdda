import { type AuditReport, auditStore, type Finding, type KeyspaceAudit } from '../../survey/audit.ts'
import { type Command, DONE, FOUND_TROUBLE } from '../command.ts'
import { formatNumber, jsonLine } from '../format.ts'
import { SURVEY_OPTIONS, surveyOptions } from '../survey-options.ts'
import { withStore } from '../with-store.ts'
import { sizeLines } from './size.ts'

/** What the store holds, beside what is declared. */
export const audit: Command = {
  name: 'audit',
  words: '',
  about: 'compare what the store holds with the declarations: ttls, formats, keys that nobody declares',
  options: SURVEY_OPTIONS,
  async run(context) {
    const { keyspaces, clock } = context
    const limits = surveyOptions(context)
    const report = await withStore(context, ({ survey }) => auditStore(survey, keyspaces, clock, limits))
    if (context.isJson) context.out(jsonLine(report))
    else for (const line of [...sizeLines(report), '', ...findingLines(report)]) context.out(line)
    return report.isClean ? DONE : FOUND_TROUBLE
  },
}

const WORDS: Readonly<Record<keyof KeyspaceAudit, string>> = {
  withoutTtl: 'kept for good, though they should have an end',
  ttlTooLong: 'kept longer than is declared',
  unknownFormat: 'of a format that nobody here reads',
  fences: 'fenced by transactions that have not ended, or whose writer died',
}

function findingLines({
  findings,
  orphans,
  earlierRuns,
  internalWithoutTtl,
  isClean,
}: AuditReport): string[] {
  const lines: string[] = []
  const add = (whose: string, { count, examples }: Finding, words: string): void => {
    if (count > 0) lines.push(`${whose}: ${formatNumber(count)} ${words}: ${shown(examples, count)}`)
  }
  for (const [name, found] of Object.entries(findings))
    for (const [kind, words] of Object.entries(WORDS)) add(name, found[kind as keyof KeyspaceAudit], words)
  add('earlier runs', earlierRuns, 'that nobody can reach any more')
  add('internal', internalWithoutTtl, WORDS.withoutTtl)
  for (const { prefix, keys, withoutTtl, examples } of orphans) {
    const kept = withoutTtl > 0 ? `, ${formatNumber(withoutTtl)} of them kept for good` : ''
    lines.push(`not declared: ${formatNumber(keys)} under ${prefix}${kept}: ${shown(examples, keys)}`)
  }
  return isClean ? [...lines, 'Clean: everything is as it is declared.'] : lines
}

function shown(examples: readonly string[], count: number): string {
  return `${examples.join(', ')}${count > examples.length ? ', …' : ''}`
}
