/**
 * The bridge from state to clients, whatever carries the messages: WebSockets, server-sent events, a test.
 *
 *   channels ──▶ streams: each topic read once ──▶ a send queue for each connection ──▶ pipe ──▶ client
 *
 * Guarantee: a client gets what it may, of values the latest and of events each, and never more than its bounds hold;
 * whatever it does, others go on. Mechanism: topics are asked for one by one, in turn, and each is allowed or refused
 * by its channel; what is slow is skipped, queued within bounds or ended (`send-queue.ts`). Limit: what was sent and not
 * read when a connection ends is not known; events are resumed after the last one that the client has.
 */
import { type Clock, every, systemClock } from '../core/clock.ts'
import { DeclarationError } from '../core/errors.ts'
import type { AnyChannel } from './channel.ts'
import { Connection, type Following } from './connection.ts'
import type { IdOf } from '../keyspace/pattern.ts'
import { checkChannels, findTopic, type FoundTopic } from './find-topic.ts'
import { checkLimits, type LiveLimits } from './limits.ts'
import { parseMessage } from './parse-message.ts'
import type { Pipe } from './pipe.ts'
import { answerTo, type Explain } from './refusal.ts'
import { Streams } from './streams.ts'
import { type ClientMessage, CLOSE, type LiveProblem, PROBLEMS } from './wire.ts'

/** Whose a token is. */
export interface Admitted<Who> {
  readonly who: Who
  /**
   * What tells users apart: for the limit of connections of one, and because who signs in as somebody else follows
   * nothing of before. Left out: so does who signs in with another token.
   */
  readonly user?: string
  /** How long the token lives. Default: as long as it is accepted when it is looked at again. */
  readonly lifeMs?: number
}

/** How a bridge works. */
export interface LiveOptions<Who> {
  /** Whose a token is. Throws for one that is not valid: a LiveRefusedError, or what `explain` explains. */
  authenticate(token: string): Admitted<Who> | Promise<Admitted<Who>>
  readonly limits?: Partial<LiveLimits>
  /** What clients are told of errors that are not LiveRefusedErrors. */
  readonly explain?: Explain
  /** Hears of what failed on our side. Values are read again, the rest was answered with `UNAVAILABLE`. */
  readonly onError?: (error: unknown, during: string) => void
  /** Values of a topic could be read again. */
  readonly onRecovered?: (during: string) => void
  readonly clock?: Clock
}

/** One client, as its transport sees it. */
export interface LiveConnection {
  readonly isOpen: boolean
  /** The client said something. Resolves when it is answered; never rejects. */
  receive(text: string): Promise<void>
  /** Signs in. What was wrong, if anything. */
  signIn(token: string): Promise<LiveProblem | undefined>
  /** Follows topics. What was wrong with each that is not followed. */
  subscribe(topics: readonly string[], since?: Readonly<Record<string, string>>): Promise<LiveProblem[]>
  /** The client answered a probe. */
  alive(): void
  /** The client is gone. */
  gone(): void
}

/** A bridge in use. */
export interface Live<Channel extends AnyChannel = AnyChannel> {
  readonly limits: LiveLimits
  /** A client came. It is closed at once when there are too many. */
  connect(pipe: Pipe): LiveConnection
  /**
   * The values of a topic changed: all of them, or those of some keys. Tells those who follow it, after the time of its
   * channel; costs little when nobody does. @throws InvalidIdError
   */
  changed<One extends Channel>(channel: One, id: IdOf<One['key']>, which?: ChangedValues): void
  /** The topics of a channel that are followed here, and once for each scope. `scope`: whose they are. */
  followed<One extends Channel>(
    channel: One,
  ): readonly { readonly id: IdOf<One['key']>; readonly scope: string | undefined }[]
  readonly counts: LiveCounts
  /** Ends all connections, with 1001, and takes no more. */
  close(): void
  /** Carries the type of the channels; there is no value. */
  readonly channelType?: Channel
}

/** Which values of a topic changed. */
export interface ChangedValues {
  /** Default: that of a `value`, whose key is empty. */
  readonly keys?: Iterable<string>
  /** Of a channel with scopes. */
  readonly scope?: string
}

/** What a bridge holds now. */
export interface LiveCounts {
  readonly connections: number
  /** Topics that are followed, by however many. */
  readonly topics: number
  /** Events that wait for clients that are behind. */
  readonly queuedEvents: number
}

/** The channels of a bridge, for the type of its clients: `liveClient<ChannelsOf<typeof live>>`. */
export type ChannelsOf<Bridge> = Bridge extends { readonly channelType?: infer Channel }
  ? NonNullable<Channel>
  : never

/** Opens a bridge. @throws DeclarationError naming the channel or limit that is wrong */
export function openLive<Who, const Channels extends readonly AnyChannel<Who>[]>(
  channels: Channels,
  options: LiveOptions<Who>,
): Live<Channels[number]> {
  const { authenticate, explain, onError, onRecovered, clock = systemClock } = options
  if (typeof authenticate !== 'function')
    throw new DeclarationError('openLive.authenticate', 'is no function')
  checkChannels(channels)
  const limits = checkLimits(options.limits)
  const forms = channels.map(({ key }) => key.replaceAll(/\{(\w+)\}/g, '<$1>')).join(', ')
  const connections = new Set<Connection<Who>>()
  const streams = new Streams<Who>({
    clock,
    failed: (topic, error) => onError?.(error, `reading ${topic}`),
    worked: (topic) => onRecovered?.(`reading ${topic}`),
  })
  let isClosed = false

  const problemOf = (error: unknown, during: string): LiveProblem => {
    const { isOurs, code, detail } = answerTo(error, explain)
    if (isOurs) onError?.(error, during)
    return { code, detail }
  }

  const signIn = async (connection: Connection<Who>, token: string): Promise<LiveProblem | undefined> => {
    try {
      const { who, user, lifeMs } = await authenticate(token)
      const isOfUser = (other: Connection<Who>): boolean => other !== connection && other.who?.user === user
      if (user !== undefined && [...connections].filter(isOfUser).length >= limits.mostConnectionsOfOne) {
        connection.close(CLOSE.tooMany)
        return { code: PROBLEMS.tooManyConnections, detail: CLOSE.tooMany.reason }
      }
      // What one user may follow is not for another, and who they are is known by nothing else.
      const isSame = user === undefined ? connection.token === token : connection.who?.user === user
      if (connection.who && !isSame) connection.leaveAll()
      connection.token = token
      connection.admit(who, user, lifeMs)
      return undefined
    } catch (error) {
      const problem = problemOf(error, 'signing in')
      connection.refuse(problem)
      connection.close(CLOSE.unauthenticated)
      return problem
    }
  }

  /** What a client asked for, if it is a topic that it may follow. */
  const allowed = async (text: string, who: Who): Promise<FoundTopic<AnyChannel<Who>> | LiveProblem> => {
    const found = findTopic(channels, text)
    if (!found) {
      const shown = JSON.stringify(text.slice(0, 60))
      return { code: PROBLEMS.unknownTopic, detail: `${shown} is no topic: use ${forms}.` }
    }
    try {
      const answer = await found.channel.may(found.id, who)
      if (answer === false) return { code: PROBLEMS.forbidden, detail: 'This topic is not for you.' }
      return answer === true ? found : { channel: found.channel, id: answer }
    } catch (error) {
      return problemOf(error, `following ${text}`)
    }
  }

  const begin = (
    connection: Connection<Who>,
    who: Who,
    text: string,
    found: FoundTopic<AnyChannel<Who>>,
    since: string | undefined,
  ): LiveProblem | undefined => {
    const topic = found.channel.pattern.key(found.id)
    const { following, sendQueue } = connection
    if (!following.has(topic) && following.size >= limits.mostTopics)
      return { code: PROBLEMS.tooManyTopics, detail: 'Unsubscribe from something first.' }
    // It begins anew, from its present state or the position.
    connection.leave(topic)
    const failed = (error: unknown): void => {
      if (following.get(topic)?.begun !== begun) return
      connection.leave(topic)
      connection.refuse(problemOf(error, `following ${topic}`), text)
    }
    let begun: Following
    try {
      begun = streams.follow(topic, found, { sendQueue, who, since, failed })
    } catch (error) {
      if (!(error instanceof DeclarationError) || since === undefined)
        return problemOf(error, `following ${text}`)
      return { code: PROBLEMS.unknownPosition, detail: `${text}: this is no position of an event.` }
    }
    following.set(topic, { begun, text })
    return undefined
  }

  const subscribe = async (
    connection: Connection<Who>,
    topics: readonly string[],
    since: Readonly<Record<string, string>> = {},
  ): Promise<LiveProblem[]> => {
    const { who } = connection
    if (!who) {
      const problem = { code: PROBLEMS.unauthenticated, detail: 'Send {"type":"auth","token":…} first.' }
      connection.refuse(problem)
      return [problem]
    }
    const texts = [...new Set(topics)]
    const found = await Promise.all(texts.map((text) => allowed(text, who.who)))
    const problems: LiveProblem[] = []
    const as: Record<string, string> = {}
    // In one turn: what is followed is said before anything of it is sent.
    for (const [index, topic] of found.entries()) {
      if (!connection.isOpen) return problems
      const text = texts[index] as string
      const own = 'code' in topic ? text : topic.channel.pattern.key(topic.id)
      // A last event id has topics as their messages have them.
      const asked = [text, own].find((name) => Object.hasOwn(since, name))
      const position = asked === undefined ? undefined : since[asked]
      const problem = 'code' in topic ? topic : begin(connection, who.who, text, topic, position)
      if (!problem && own !== text) as[text] = own
      if (!problem) continue
      connection.refuse(problem, text)
      problems.push(problem)
    }
    const isRenamed = Object.keys(as).length > 0
    connection.send({
      type: 'subscribed',
      topics: [...connection.following.keys()],
      ...(isRenamed && { as }),
    })
    return problems
  }

  const unsubscribe = (connection: Connection<Who>, texts: readonly string[]): void => {
    for (const text of texts) connection.leave(text)
    connection.send({ type: 'subscribed', topics: [...connection.following.keys()] })
  }

  const take = async (connection: Connection<Who>, message: ClientMessage): Promise<void> => {
    switch (message.type) {
      case 'ping':
        return connection.send({ type: 'pong' })
      case 'auth':
        return void (await signIn(connection, message.token))
      case 'subscribe':
        return void (await subscribe(connection, message.topics, message.since))
      case 'unsubscribe':
        return unsubscribe(connection, message.topics)
    }
  }

  /** Ends connections whose tokens were revoked since. What cannot be known now is looked at again. */
  const lookAgain = async (): Promise<void> => {
    const looks = [...connections].map(async (connection) => {
      const { token } = connection
      if (token === undefined) return
      try {
        await authenticate(token)
      } catch (error) {
        if (!answerTo(error, explain).isOurs && connection.token === token)
          connection.close(CLOSE.unauthenticated)
      }
    })
    await Promise.all(looks)
  }

  const timers = [
    every(clock, limits.heartbeatMs, () => {
      for (const connection of connections) connection.heartbeat()
    }),
    every(clock, limits.lookAgainMs, lookAgain),
  ]

  return {
    limits,
    connect(pipe) {
      const connection = new Connection<Who>(pipe, clock, limits, () => connections.delete(connection))
      if (isClosed) connection.close(CLOSE.goingAway)
      else if (connections.size >= limits.mostConnections) connection.close(CLOSE.tooMany)
      else connections.add(connection)
      return {
        get isOpen() {
          return connection.isOpen
        },
        async receive(text) {
          if (!connection.accept()) return
          const message = parseMessage(text, limits.mostTopics)
          await connection
            .inTurn(() => ('code' in message ? connection.refuse(message) : take(connection, message)))
            .catch((error: unknown) => connection.refuse(problemOf(error, 'a message')))
        },
        signIn: (token) => signIn(connection, token),
        subscribe: (topics, since) => subscribe(connection, topics, since),
        alive: () => connection.alive(),
        gone: () => connection.ended(),
      }
    },
    changed(channel, id, { keys = [''], scope } = {}) {
      streams.changed(channel.pattern.key(id), scope, keys)
    },
    followed: (channel) => streams.of(channel) as never,
    get counts() {
      let queuedEvents = 0
      for (const { sendQueue } of connections) queuedEvents += sendQueue.queuedEvents
      return { connections: connections.size, topics: streams.size, queuedEvents }
    },
    close() {
      isClosed = true
      for (const timer of timers) timer.cancel()
      for (const connection of connections) connection.close(CLOSE.goingAway)
    },
  }
}
