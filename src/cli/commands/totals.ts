import { readTotals } from '../../tallies/tallier.ts'
import { type Command, DONE } from '../command.ts'
import { formatMoment, formatNumber, formatShare, jsonLine } from '../format.ts'
import { tableLines } from '../table.ts'
import { withStore } from '../with-store.ts'

/** What all processes counted. */
export const totals: Command = {
  name: 'totals',
  words: '',
  about: 'hits, misses and loads of all processes together, and when a load last stored a value',
  options: {},
  async run(context) {
    const counting = Object.entries(context.keyspaces).filter(([, { kind }]) => COUNTING.has(kind))
    const all = await withStore(context, ({ tallies }) => readTotals(tallies, counting))
    if (context.isJson) {
      context.out(jsonLine(all))
      return DONE
    }
    const rows = Object.entries(all).map(([name, { counts, hitRatio, lastRefreshMs, sinceMs }]) => {
      const { l1Hits = 0, l2Hits = 0, misses = 0, loads = 0, loadFailures = 0 } = counts
      const figures = [l1Hits, l2Hits, misses, loads, loadFailures].map(formatNumber)
      return [name, ...figures, formatShare(hitRatio), formatMoment(lastRefreshMs), formatMoment(sinceMs)]
    })
    for (const line of tableLines(COLUMNS, rows)) context.out(line)
    return DONE
  },
}

const COUNTING: ReadonlySet<string> = new Set(['cached', 'strong', 'query'])
const COLUMNS = [
  { title: 'keyspace' },
  { title: 'L1 hits', align: 'right' },
  { title: 'L2 hits', align: 'right' },
  { title: 'misses', align: 'right' },
  { title: 'loads', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'hit ratio', align: 'right' },
  { title: 'last refresh' },
  { title: 'counted since' },
] as const
