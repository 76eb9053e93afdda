import type { ChaosReport } from './chaos.ts'
import type { Finding } from './judge.ts'

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** The report for people. */
export function linesOf(report: ChaosReport): string[] {
  const { verdict, outside } = report
  const table = (counts: Readonly<Record<string, number>>): string[] =>
    Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)
  const windows = new Set(report.windowsMs.map(({ fault }) => fault))
  return [
    '',
    `Operations: ${verdict.operations} on ${report.keys} keys in ${report.seconds.toFixed(0)} s by ${report.workers} processes`,
    ...table(verdict.byKind),
    `Faults: ${report.faultsTotal}; ${report.deaths} processes were killed and replaced`,
    ...table(report.faults),
    ...report.faultsLeftOut.map((name) => `  left out: ${name}`),
    ...report.faultsFailed.map((name) => `  FAILED: ${name}`),
    'Steps at which a process died or stopped:',
    ...table(report.reached),
    `Gate: ${report.epochs} epochs`,
    ...table(report.gateTransitions),
    'It was closed because:',
    ...table(report.closingReasons),
    'Until the gate was open again, and the cause gone:',
    ...[...windows].map((fault) => {
      const all = report.windowsMs.filter((window) => window.fault === fault)
      const most = Math.max(...all.map(({ ms }) => ms)) / 1_000
      const read = Math.max(...all.map(({ longestReadMs }) => longestReadMs))
      return `  at most ${most.toFixed(1)} s, longest read ${read.toFixed(0)} ms: ${fault}`
    }),
    `Outside of these windows (${percent(outside.share)} of the time): ${percent(report.shareFromCache)} of the keys of strong reads from Redis; loaders were not asked for ${percent(report.shareNotLoaded)}`,
    `  of reads right after a change: ${percent(outside.chaseHits / Math.max(1, outside.chases))}; of all others: ${percent((outside.l2Hits - outside.chaseHits) / Math.max(1, outside.l2Hits + outside.misses - outside.chases))}`,
    `  as Redis counts it: it had ${percent(report.shareFound)} of ${outside.redisHits + outside.redisMisses} keys that it was asked for`,
    `Redis evicted ${report.evicted} keys`,
    `Readers: ${report.totals.healed} fences of dead writers taken down, ${report.totals.refusedFills} overtaken fills refused, ${report.totals.fenced} reads met a fence`,
    `Calls that failed, and said why: ${JSON.stringify(report.errors)}`,
    ...verdict.findings.flatMap(linesOfFinding),
    ...report.money.slice(0, 10).map((problem) => `MONEY: ${problem}`),
    ...report.finalDifferences.slice(0, 10).map((difference) => `IN THE END: ${difference}`),
    `Violations: ${report.violations}`,
    ...(report.violations === 0
      ? [
          `Zero in ${verdict.operations} operations: with 95 % confidence fewer than ${report.boundPerMillion.toFixed(2)} in a million, under this load and these faults. No more than that.`,
        ]
      : [`Repeat with --seed ${report.seed}`]),
  ]
}

/** A finding for people. */
export function linesOfFinding({ rule, key, operations }: Finding): string[] {
  const [first] = operations
  return [
    `VIOLATION on key ${key}: ${rule}`,
    ...operations.map(({ kind, version, attempt, start, end, incarnation }) => {
      const ms = (time: number): string => ((time - (first?.start ?? 0)) / 1e6).toFixed(3)
      return `  ${kind} of version ${version} (attempt ${attempt}) by process ${incarnation}, from ${ms(start)} to ${ms(end)} ms`
    }),
  ]
}
