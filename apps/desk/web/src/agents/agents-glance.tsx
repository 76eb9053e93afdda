import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { useDesk } from '../desk-context.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { hrefOf } from '../router/route.ts'
import { GlanceWorth } from './agent-worth.tsx'
import { StatusMark } from './status-mark.tsx'

/** More are on their own screen. */
const MOST_AGENTS = 6

/** The person's agents in a few lines. */
export function AgentsGlance(): ReactElement {
  const agents = useQuery(useDesk().queries.agents)
  return (
    <section className="panel" aria-labelledby="glance-agents">
      <header className="panel-head">
        <h2 id="glance-agents">Agents</h2>
        <a href={hrefOf({ screen: 'agents' })}>Manage</a>
      </header>
      {agents.data ? (
        <ul className="glance-agents">
          {agents.data.length === 0 && <li>No agents yet.</li>}
          {agents.data.slice(0, MOST_AGENTS).map((agent) => (
            <li key={agent.id}>
              <a className="glance-name" href={hrefOf({ screen: 'agent', id: agent.id, part: 'trading' })}>
                {agent.name}
              </a>
              <GlanceWorth agentId={agent.id} />
              <StatusMark status={agent.status} />
            </li>
          ))}
        </ul>
      ) : agents.isError ? (
        <Notice error={agents.error} onRetry={() => void agents.refetch()} />
      ) : (
        <Skeleton rows={2} label="Loading the agents" />
      )}
    </section>
  )
}
