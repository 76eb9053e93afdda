import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { Agent } from '../api/shapes.ts'
import type { Holdings } from '../api/trading-queries.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'

/** Trades are pushed; this is for what the prices alone move, and for a push that was missed. */
const REFRESH_MS = 15_000
const POLL_WHILE_DOWN_MS = 5_000
/** Somebody with a hundred agents sees the first of them on screens that show all; each has its own screen. */
const MOST_AGENTS = 30

/** What an agent has: asked for again when something of it changes. */
export function useHoldings(agentId: string): UseQueryResult<Holdings> {
  const { queries } = useDesk()
  return useQuery({ ...queries.holdings(agentId), refetchInterval: useRefreshMs() })
}

/** An agent with what it has, once that is known. */
export interface AgentHoldings {
  readonly agent: Agent
  readonly holdings: Holdings | undefined
}

/** What all agents have; `agents` may still be on their way. */
export function useAllHoldings(agents: readonly Agent[] | undefined): readonly AgentHoldings[] {
  const { queries } = useDesk()
  const refetchInterval = useRefreshMs()
  const shown = (agents ?? []).slice(0, MOST_AGENTS)
  const results = useQueries({
    queries: shown.map(({ id }) => ({ ...queries.holdings(id), refetchInterval })),
  })
  return shown.map((agent, index) => ({ agent, holdings: results[index]?.data }))
}

function useRefreshMs(): number {
  const live = useCell(useDesk().stream.connection).kind === 'live'
  return live ? REFRESH_MS : POLL_WHILE_DOWN_MS
}
