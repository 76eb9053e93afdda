import { cached } from 'holdfast'
import { z } from 'zod'
import { findAgents, listAgentIds } from '../db/agents.ts'
import type { Database } from '../db/database.ts'
import { Agent } from '../domain/agent.ts'

/** Deleted after each change of the agent. */
export const agent = cached({
  key: 'agent:{agentId}',
  about: 'An agent as its owner set it up. Deleted after each change.',
  value: Agent,
  ttl: '5m',
  l1: { max: 10_000 },
  load: async ({ agentId }, { db }: { db: Database }) => (await findAgents(db, [agentId]))[0],
  loadMany: (ids, { db }: { db: Database }) =>
    findAgents(
      db,
      ids.map(({ agentId }) => agentId),
    ),
  expect: { hitRatio: 0.95, readP99: '10ms' },
})

/** Deleted when an agent is made. */
export const agentIds = cached({
  key: 'user:{userId}:agents',
  about: 'Which agents a user has, the oldest first.',
  value: z.array(z.string()),
  ttl: '5m',
  load: ({ userId }, { db }: { db: Database }) => listAgentIds(db, userId),
  expect: { hitRatio: 0.9 },
})
