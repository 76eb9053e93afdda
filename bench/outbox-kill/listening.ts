import type { Gap, Subscription } from 'holdfast'
import { AGENTS } from './desk.ts'

/** What was told, and how it differs from what was committed. */
export interface Listening {
  /** How many events came so far. */
  told(): number
  /** Compares it with how many changes of each agent were committed. */
  judge(committed: ReadonlyMap<string, number>): {
    readonly untold: number
    readonly invented: number
    readonly repeated: number
    readonly outOfOrder: number
  }
}

/** Something to subscribe to. */
interface Moves {
  subscribe(
    id: { readonly agent: string },
    options: { readonly since: string; readonly onGap: (gap: Gap) => void },
  ): Subscription<{ readonly version: number }>
}

/** Follows all agents from their first change on, until the topic is closed. */
export function startListening(moves: Moves): Listening {
  const told = new Map<string, number[]>(AGENTS.map((agent) => [agent, []]))
  let gaps = 0
  for (const [agent, versions] of told)
    void (async () => {
      const events = moves.subscribe({ agent }, { since: 'start', onGap: () => gaps++ })
      for await (const { value } of events) versions.push(value.version)
    })()
  return {
    told: () => [...told.values()].reduce((sum, { length }) => sum + length, 0),
    judge(committed) {
      const report = { untold: 0, invented: gaps, repeated: 0, outOfOrder: 0 }
      for (const [agent, version] of committed) {
        const versions = told.get(agent) ?? []
        const unique = new Set(versions)
        report.repeated += versions.length - unique.size
        report.invented += [...unique].filter((each) => each < 1 || each > version).length
        report.untold += version - [...unique].filter((each) => each >= 1 && each <= version).length
        report.outOfOrder += versions.filter((each, index) => each < (versions[index - 1] ?? 0)).length
      }
      return report
    },
  }
}
