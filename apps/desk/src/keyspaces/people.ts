import { flags, log, places, ranking, record, unique } from 'holdfast'
import { DEFAULT_PREFERENCES, Preferences } from '../domain/preferences.ts'

/** Changed field by field by its owner, from any screen. Rows of the truth: what somebody has set must not be lost. */
export const preferences = record({
  key: 'preferences:{userId}',
  about: 'How a user wants the desk to be: theme, chart, what orders begin with, what to be told of.',
  value: Preferences,
  defaults: DEFAULT_PREFERENCES,
  on: 'truth',
  maxValueBytes: 16_384,
})

/** Filled once a minute from what agents are worth; after a loss it is whole again with the next minute. */
export const leaders = ranking({
  key: 'leaders:{currency}',
  about: 'Agents by profit in percent of their deposits. Filled anew each minute from the portfolios.',
  ttl: '10m',
  max: 10_000,
  decimals: 4,
})

/** Filled from the list in the code when there are none. */
export const venueSites = places({
  key: 'venue-sites:{network}',
  about: 'Where venues have servers, to trade from nearby.',
  ttl: '30d',
  max: 1_000,
})

/** Narrowed by operators: `setShare`, `fix`. */
export const feature = flags({
  key: 'feature:{feature}',
  about:
    'Parts of the desk that can be switched off, or on for some. On for everybody until somebody says otherwise.',
  ttl: 'forever',
  max: 10_000,
  percent: 100,
})

/** Noted by each process once for each visitor and day. */
export const visitors = unique({
  key: 'visitors:{site}',
  about: 'How many different people or machines asked the API for something, each day.',
  windows: { every: '1d', keep: 30 },
  slot: 'site',
})

/** Written by every process of the desk, beside its stderr. */
export const deskLog = log({
  key: 'log:{service}',
  about:
    'What the processes of the desk have to say: for operators, an hour in the store, a week in PostgreSQL.',
  history: '1h',
  maxLength: 10_000,
})
