import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiProblem } from '../api/problem.ts'
import type { TradeOrder, TradePreview } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { useSettled } from '../use-settled.ts'

/** Somebody who is still typing does not want to know yet. */
const SETTLED_AFTER_MS = 250
/** The market moves while somebody looks at the ticket. */
const REFRESH_MS = 2_000
const REFRESH_AFTER_PROBLEM_MS = 6_000

/** What an order would do, as far as it is known. `of` another order than the shown one is never given. */
export interface PreviewState {
  readonly preview: TradePreview | null
  /** Why there is none: the desk's refusal, or that it does not answer. */
  readonly problem: Error | null
  /** True until the desk has answered for this very order. */
  readonly pending: boolean
}

/** Previews an order shortly after it stops changing, and again while it is looked at. */
export function usePreview(order: TradeOrder | null, paused: boolean): PreviewState {
  const { queries } = useDesk()
  const text = order && JSON.stringify(order)
  const settledText = useSettled(text, SETTLED_AFTER_MS)
  const settled = useMemo(
    () => (settledText === null ? null : (JSON.parse(settledText) as TradeOrder)),
    [settledText],
  )
  const query = useQuery({
    ...queries.preview(settled),
    enabled: settled !== null && !paused,
    refetchInterval: ({ state }) =>
      paused ? false : state.status === 'error' ? refreshAfter(state.error) : REFRESH_MS,
  })
  const current = order !== null && settledText === text
  if (!current) return { preview: null, problem: null, pending: order !== null }
  return {
    preview: query.isError ? null : (query.data ?? null),
    problem: query.error,
    pending: query.isPending,
  }
}

function refreshAfter(error: Error | null): number {
  return (error instanceof ApiProblem ? error.retryAfterMs : null) ?? REFRESH_AFTER_PROBLEM_MS
}
