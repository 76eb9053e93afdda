import { type Clock, every, sleep, type Timer } from '../../core/clock.ts'
import { StoreUnavailableError } from '../../core/errors.ts'
import type { Coherence } from '../coherence.ts'
import { Link, type LinkOptions } from '../link.ts'
import { addressOf, type NodeAddress } from '../node.ts'
import { type ClusterMap, readShards, readView, type Shard, type View } from './map.ts'
import type { Members } from './members.ts'

/**
 * An election begins half a second after a primary was found failed, at the earliest. One that is cut off from the
 * others stops answering for its slots before that, and says so: memory is forgotten before others change what it holds.
 */
const LOOK_EVERY_MS = 500
/** How long nodes are looked for before those are asked again that are known. */
const SCOUT_MS = 1_000
const ASK_AGAIN_MS = 50

/** What a watch works with. */
export interface WatchOptions {
  readonly clock: Clock
  /** To begin with. */
  readonly nodes: readonly NodeAddress[]
  readonly isTls: boolean
  readonly members: Members
  readonly coherence: Coherence
  linkTo(node: NodeAddress): LinkOptions
}

interface Found {
  readonly view: View
  readonly map: ClusterMap
}

/** Keeps the map of a Cluster: asks when it may have changed, and looks every half second whether it has. */
export class ClusterWatch {
  readonly #options: WatchOptions
  #looking: Promise<void> | undefined
  #isDoubted = true
  /** Of the nodes' views, when the map was last fetched. */
  #signature = ''
  #known: readonly NodeAddress[] = []
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /**
   * Finds the Cluster by the nodes to begin with, and watches it from then on.
   *
   * @throws StoreUnavailableError when none of them knows a Cluster that works within `limitMs`
   */
  async start(limitMs: number): Promise<void> {
    this.#install(await this.#scout(limitMs))
    if (this.#isClosed) return
    this.#timer = every(this.#options.clock, LOOK_EVERY_MS, () => this.#look())
  }

  /** The map is said to be outdated: resolves once it has been asked for anew. */
  refresh(): Promise<void> {
    this.#isDoubted = true
    return this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  /** One at a time, however many want it. */
  async #look(): Promise<void> {
    if (this.#isClosed) return
    this.#looking ??= this.#lookUntilSure().finally(() => (this.#looking = undefined))
    await this.#looking
  }

  async #lookUntilSure(): Promise<void> {
    do {
      const isDoubted = this.#isDoubted
      this.#isDoubted = false
      try {
        await this.#lookOnce(isDoubted)
      } catch {
        // Nobody knows: what others do meanwhile is not told.
        this.#options.coherence.doubt()
        this.#signature = ''
        return
      }
    } while (this.#isDoubted && !this.#isClosed)
  }

  async #lookOnce(isDoubted: boolean): Promise<void> {
    const { members, coherence } = this.#options
    const ready = members.all().filter((member) => member.isReady())
    const answers = await Promise.all(
      ready.map(({ node, connection }) =>
        connection.send<string>('cluster info', ['CLUSTER', 'INFO']).then(
          (info) => ({ node, connection, view: readView(info) }),
          () => undefined,
        ),
      ),
    )
    const views = answers.filter((answer) => answer !== undefined)
    const signature = views
      .map(({ view }) => view.signature)
      .sort()
      .join('\n')
    const best = views
      .filter(({ view }) => view.isOk)
      .reduce<(typeof views)[number] | undefined>(
        (most, one) => (most && most.view.epoch >= one.view.epoch ? most : one),
        undefined,
      )
    if (!best) this.#install(await this.#scout(SCOUT_MS))
    else if (isDoubted || signature !== this.#signature) {
      this.#install({ view: best.view, map: await this.#fetchMap(best.connection, best.node) })
      this.#signature = signature
    }
    // One that is cut off does not answer for its slots, and somebody else may begin to.
    if (views.some(({ view }) => !view.isOk)) coherence.doubt()
  }

  #install({ map }: Found): void {
    if (this.#isClosed) return
    this.#known = [...map.primaries.map(({ node }) => node), ...map.replicas]
    this.#options.members.install(map)
  }

  /** Asks nodes that this process is not connected to. The first answer of one that is not cut off counts. */
  async #scout(limitMs: number): Promise<Found> {
    const { clock, nodes, linkTo } = this.#options
    const byAddress = new Map([...nodes, ...this.#known].map((node) => [addressOf(node), node]))
    const endMs = clock.now() + limitMs
    const scouts = [...byAddress.values()].map((node) => ({
      node,
      link: new Link({ ...linkTo(node), connectTimeoutMs: limitMs }, clock, NOBODY),
    }))
    try {
      return await Promise.any(
        scouts.map(async ({ node, link }) => {
          await link.open()
          for (;;) {
            const view = readView(await link.send<string>('cluster info', ['CLUSTER', 'INFO']))
            if (view.isOk) return { view, map: await this.#fetchMap(link, node) }
            if (clock.now() >= endMs)
              throw new StoreUnavailableError(`${addressOf(node)}: cluster_state is not ok`)
            await sleep(clock, ASK_AGAIN_MS)
          }
        }),
      )
    } catch (error) {
      const problems = (error as AggregateError).errors.map(({ message }: Error) => message)
      throw new StoreUnavailableError([...new Set(problems)].join('; '), error)
    } finally {
      for (const { link } of scouts) link.close()
    }
  }

  async #fetchMap(asked: Pick<Link, 'send'>, { host }: NodeAddress): Promise<ClusterMap> {
    const shards = await asked.send<Shard[]>('cluster shards', ['CLUSTER', 'SHARDS'])
    return readShards(shards, host, this.#options.isTls)
  }
}

const NOBODY = { up: (): void => undefined, lost: (): void => undefined }
