import type { ReactElement } from 'react'
import { AgentsGlance } from '../agents/agents-glance.tsx'
import type { Asset } from '../api/shapes.ts'
import { StateGlance } from '../state/state-glance.tsx'
import { Preview } from './preview.tsx'
import { useSettled } from '../use-settled.ts'

const SETTLED_AFTER_MS = 200

/** Beside the board: the active row's chart, and the state layer and agents at a glance. */
export function Overview({ asset }: { asset: Asset }): ReactElement {
  // Rows that somebody only passes on the way to another are not worth a chart.
  const settled = useSettled(asset, SETTLED_AFTER_MS)
  return (
    <aside className="overview" aria-label="Overview">
      <Preview asset={settled} />
      <StateGlance />
      <AgentsGlance />
    </aside>
  )
}
