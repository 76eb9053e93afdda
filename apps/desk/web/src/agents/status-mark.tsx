import type { ReactElement } from 'react'
import type { Agent } from '../api/shapes.ts'
import { PauseIcon, ResumeIcon } from '../icons.tsx'

/** Whether an agent trades, as a sign and a word. */
export function StatusMark({ status }: { status: Agent['status'] }): ReactElement {
  return (
    <span className="status" data-status={status}>
      {status === 'active' ? <ResumeIcon /> : <PauseIcon />}
      {status}
    </span>
  )
}
