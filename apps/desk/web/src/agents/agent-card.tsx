import { useRef, useState, type ReactElement } from 'react'
import { flushSync } from 'react-dom'
import type { Agent } from '../api/shapes.ts'
import { problemWords } from '../api/problem.ts'
import { formatMoment } from '../format/time.ts'
import { PauseIcon, PencilIcon, ResumeIcon } from '../icons.tsx'
import { hrefOf } from '../router/route.ts'
import { AgentWorth } from './agent-worth.tsx'
import { RenameAgent } from './rename-agent.tsx'
import { StatusMark } from './status-mark.tsx'
import { useUpdateAgent } from './use-update-agent.ts'

/** One agent: what it is, and what can be done with it. */
export function AgentCard({ agent }: { agent: Agent }): ReactElement {
  const [renaming, setRenaming] = useState(false)
  const renameButton = useRef<HTMLButtonElement>(null)
  const update = useUpdateAgent(agent)
  const active = agent.status === 'active'
  const onRenamed = (): void => {
    // At once, because the button that gets the focus back is part of what changes.
    flushSync(() => setRenaming(false))
    renameButton.current?.focus()
  }
  const toggle = (): void => update.mutate({ status: active ? 'paused' : 'active' })
  return (
    <article className="panel agent" data-status={agent.status} aria-label={agent.name}>
      <header className="agent-head">
        {renaming ? (
          <RenameAgent agent={agent} onDone={onRenamed} />
        ) : (
          <>
            <h2>
              <a
                href={hrefOf({ screen: 'agent', id: agent.id, part: 'trading' })}
                data-testid={`agent-${agent.name}`}
              >
                {agent.name}
              </a>
            </h2>
            <span className="mode">{agent.mode}</span>
            <StatusMark status={agent.status} />
            <div className="agent-actions">
              <button ref={renameButton} type="button" className="button" onClick={() => setRenaming(true)}>
                <PencilIcon />
                Rename<span className="visually-hidden"> {agent.name}</span>
              </button>
              <button type="button" className="button" onClick={toggle} disabled={update.isPending}>
                {active ? <PauseIcon /> : <ResumeIcon />}
                {active ? 'Pause' : 'Activate'}
                <span className="visually-hidden"> {agent.name}</span>
              </button>
            </div>
          </>
        )}
      </header>
      {update.isError && (
        <p className="field-error" role="alert">
          {problemWords(update.error).detail}
        </p>
      )}
      <AgentWorth agentId={agent.id} />
      <dl className="facts">
        <div>
          <dt>Strategy</dt>
          <dd>{agent.strategy || 'none'}</dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>{formatMoment(Date.parse(agent.createdAt))}</dd>
        </div>
      </dl>
    </article>
  )
}
