import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import type { Agent } from '../api/shapes.ts'
import { useDesk } from '../desk-context.ts'

/** A change of an agent; undefined leaves a field as it is. */
export type AgentChange = { name?: string; status?: Agent['status'] }

/** Changes an agent. The list shows what the desk answered, and the change is announced. */
export function useUpdateAgent(agent: Agent): UseMutationResult<Agent, Error, AgentChange> {
  const { api, queries, announcer } = useDesk()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (change: AgentChange) => api.updateAgent(agent.id, change),
    onSuccess: (updated) => {
      queryClient.setQueryData(queries.agents.queryKey, (agents) =>
        agents?.map((known) => (known.id === updated.id ? updated : known)),
      )
      announcer.announce(changeWords(agent, updated))
    },
  })
}

function changeWords(before: Agent, after: Agent): string {
  if (before.name !== after.name) return `${before.name} is now named ${after.name}`
  return after.status === 'active'
    ? `${after.name} is active`
    : `${after.name} paused: it opens no new trades`
}
