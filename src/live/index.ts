/** The bridge from state to clients: channels, connections and their bounds. `holdfast/fastify` carries it. */
export { LiveRefusedError } from '../core/errors.ts'
export {
  type AnyChannel,
  type ChannelRules,
  events,
  type EventsChannel,
  type EventsSpec,
  type Followable,
  type Followed,
  type FollowOptions,
  type Keyed,
  value,
  values,
  type ValuesChannel,
  type ValueSpec,
  type ValuesSpec,
} from './channel.ts'
export { LIVE_LIMITS, type LiveLimits } from './limits.ts'
export {
  type Admitted,
  type ChangedValues,
  type ChannelsOf,
  type Live,
  type LiveConnection,
  type LiveCounts,
  type LiveOptions,
  openLive,
} from './live.ts'
export type { Frame, Pipe } from './pipe.ts'
export type { Explain } from './refusal.ts'
export {
  type ClientMessage,
  CLOSE,
  type LiveEvent,
  type LiveGap,
  type LiveProblem,
  PROBLEMS,
  type ServerMessage,
} from './wire.ts'
