import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState, type ReactElement } from 'react'
import { AgentActions } from './agent-actions.tsx'
import type { Agent } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { BackIcon } from '../icons.tsx'
import { useMarketData } from '../market/use-market-data.ts'
import { hrefOf, type AgentPart } from '../router/route.ts'
import { navigate } from '../router/use-route.ts'
import { SettingsForm } from '../settings/settings-form.tsx'
import { isTyping } from '../shell/typing.ts'
import { StatusMark } from '../agents/status-mark.tsx'
import { useTradeKeys } from '../tickets/use-trade-keys.ts'
import { AgentTrading } from './agent-trading.tsx'

/** One agent: what it has and does, or its settings. Escape goes back to all agents. */
export function AgentScreen({ id, part }: { id: string; part: AgentPart }): ReactElement {
  useMarketData()
  useEscape()
  const { queries } = useDesk()
  const agents = useQuery(queries.agents)
  const agent = agents.data?.find((each) => each.id === id)
  return (
    <div className="agent-screen" data-testid="agent-screen">
      <a className="back" href={hrefOf({ screen: 'agents' })}>
        <BackIcon />
        Agents <kbd>Esc</kbd>
      </a>
      {agent ? (
        <Known key={agent.id} agent={agent} part={part} />
      ) : (
        <>
          <h1 tabIndex={-1} className={agents.data ? undefined : 'visually-hidden'}>
            {agents.data ? 'Unknown agent' : 'Agent'}
          </h1>
          {agents.data ? (
            <Empty title="You have no such agent">
              <code>{id}</code>
            </Empty>
          ) : agents.isError ? (
            <Notice error={agents.error} onRetry={() => void agents.refetch()} />
          ) : (
            <Skeleton rows={8} label="Loading the agent" />
          )}
        </>
      )}
    </div>
  )
}

function Known({ agent, part }: { agent: Agent; part: AgentPart }): ReactElement {
  const { id } = agent
  const [selected, setSelected] = useState<string | null>(null)
  useTradeKeys(
    useMemo(
      () => ({
        buy: { action: 'buy', agentId: id },
        sell: { action: 'sell', agentId: id, ...(selected !== null && { positionId: selected }) },
      }),
      [id, selected],
    ),
  )
  return (
    <>
      <header className="agent-title">
        <h1 tabIndex={-1}>{agent.name}</h1>
        <span className="mode">{agent.mode}</span>
        <StatusMark status={agent.status} />
        <nav className="parts" aria-label={`Parts of ${agent.name}`}>
          {(['trading', 'settings'] as const).map((each) => (
            <a
              key={each}
              href={hrefOf({ screen: 'agent', id, part: each })}
              aria-current={each === part ? 'page' : undefined}
            >
              {each === 'trading' ? 'Trading' : 'Settings'}
            </a>
          ))}
        </nav>
        <AgentActions agent={agent} />
      </header>
      {part === 'settings' ? (
        <SettingsForm agent={agent} />
      ) : (
        <AgentTrading agent={agent} selected={selected} onSelect={setSelected} />
      )}
    </>
  )
}

function useEscape(): void {
  const { tickets } = useDesk()
  const open = useCell(tickets.open)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const elsewhere = document.querySelector('dialog[open], [popover]:popover-open') !== null
      if (event.key === 'Escape' && !isTyping(event) && !elsewhere && !open) navigate({ screen: 'agents' })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [open])
}
