import type { ReactElement } from 'react'
import { useUpdateAgent } from '../agents/use-update-agent.ts'
import { problemWords } from '../api/problem.ts'
import type { Agent } from '../api/shapes.ts'
import { useDesk } from '../desk-context.ts'
import { PauseIcon, PlusIcon, ResumeIcon } from '../icons.tsx'

/** What can be done with an agent: buy, deposit, pause. */
export function AgentActions({ agent }: { agent: Agent }): ReactElement {
  const { tickets } = useDesk()
  const update = useUpdateAgent(agent)
  const active = agent.status === 'active'
  return (
    <div className="agent-actions">
      {update.isError && (
        <p className="field-error" role="alert">
          {problemWords(update.error).detail}
        </p>
      )}
      <button
        type="button"
        className="button button-primary"
        data-testid="buy"
        onClick={() => tickets.show({ action: 'buy', agentId: agent.id })}
      >
        Buy <kbd>b</kbd>
      </button>
      {agent.mode === 'paper' && (
        <button
          type="button"
          className="button"
          data-testid="deposit"
          onClick={() => tickets.show({ action: 'deposit', agentId: agent.id })}
        >
          <PlusIcon />
          Deposit
        </button>
      )}
      <button
        type="button"
        className="button"
        data-testid="toggle-agent"
        disabled={update.isPending}
        onClick={() => update.mutate({ status: active ? 'paused' : 'active' })}
      >
        {active ? <PauseIcon /> : <ResumeIcon />}
        {active ? 'Pause' : 'Activate'}
      </button>
    </div>
  )
}
