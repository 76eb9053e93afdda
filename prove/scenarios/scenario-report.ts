import { linesOfFinding } from '../report.ts'
import type { ScenarioReport } from './run-scenario.ts'

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** The report for people. */
export function linesOfScenario(report: ScenarioReport): string[] {
  const { verdicts, after } = report
  const operations = verdicts.reduce((sum, verdict) => sum + verdict.operations, 0)
  return [
    '',
    `${report.about} ${report.workers} processes at work.`,
    ...report.events.map(({ seconds, what }) => `${seconds.toFixed(2).padStart(8)} s  ${what}`),
    `Until all processes read from Redis again: ${report.secondsToReopen.toFixed(1)} s`,
    `Without cache: ${report.secondsWithoutCache.toFixed(1)} s for the process that was longest without; ${report.secondsWithoutCacheForAll.toFixed(1)} s for all at once`,
    `Longest read: ${report.longestReadMs.toFixed(0)} ms; before: ${report.longestReadBeforeMs.toFixed(0)} ms`,
    `Keys of strong reads from Redis: ${percent(report.shareFromCacheBefore)} before, ${percent(report.shareFromCacheAfter)} after`,
    `From then on: ${after.operations} operations; calls that failed, and said why: ${JSON.stringify(after.errors)}`,
    ...verdicts.flatMap(({ findings }) => findings.flatMap(linesOfFinding)),
    ...report.money.slice(0, 10).map((problem) => `MONEY: ${problem}`),
    ...report.finalDifferences.slice(0, 10).map((difference) => `IN THE END: ${difference}`),
    ...report.problems.map((problem) => `NOT AS IT MUST BE: ${problem}`),
    `Operations judged: ${operations}${verdicts.length > 1 ? `, in ${verdicts.length} histories` : ''}. Violations: ${report.violations}`,
  ]
}
