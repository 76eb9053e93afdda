import { schedule } from 'holdfast'

/** Each tick is a job: see `agentRuns`. */
export const agentSchedule = schedule({
  key: 'schedule:agents',
  about: 'When the agents have their run.',
  every: '1m',
  missed: 'once',
})

/** Run by one of the workers. */
export const reconcileSchedule = schedule({
  key: 'schedule:reconcile',
  about: 'When orders and signals that were left open are looked after, and what has expired is swept.',
  every: '1m',
  missed: 'once',
  limit: '55s',
})

/** Run by one of the workers, before most of what it reads would expire. */
export const warmSchedule = schedule({
  key: 'schedule:warm',
  about: 'When the agents that trade, and what they have, are brought into the cache.',
  every: '4m',
})

/** Run by one of the workers. */
export const symbolSchedule = schedule({
  key: 'schedule:symbols',
  about: 'When the list of what can be traded is read again.',
  cron: '*/15 * * * *',
})
