import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { useDesk } from '../desk-context.ts'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { AgentCard } from './agent-card.tsx'
import { CreateAgent } from './create-agent.tsx'

/** The person's agents, and the form for one more. */
export function AgentsScreen(): ReactElement {
  const agents = useQuery(useDesk().queries.agents)
  const active = agents.data?.filter(({ status }) => status === 'active').length ?? 0
  return (
    <div className="agents" data-testid="agents">
      <section className="agents-list" aria-labelledby="agents-title">
        <header className="screen-head">
          <h1 id="agents-title" tabIndex={-1}>
            Agents
          </h1>
          {agents.data && agents.data.length > 0 && (
            <p>
              {active} of {agents.data.length} active
            </p>
          )}
        </header>
        {agents.data ? (
          agents.data.length > 0 ? (
            <ul>
              {agents.data.map((agent) => (
                <li key={agent.id}>
                  <AgentCard agent={agent} />
                </li>
              ))}
            </ul>
          ) : (
            <Empty title="No agents yet">
              An agent trades on its own balances. Name your first one in the form; it will trade on paper.
            </Empty>
          )
        ) : agents.isError ? (
          <Notice error={agents.error} onRetry={() => void agents.refetch()} />
        ) : (
          <Skeleton rows={4} label="Loading the agents" />
        )}
      </section>
      <CreateAgent />
    </div>
  )
}
