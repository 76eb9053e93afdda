import type { Clock } from '../../core/clock.ts'
import type { ChangeListener } from '../../entry/port.ts'
import type { Coherence } from '../coherence.ts'
import { RedisConnection } from '../connection.ts'
import type { LinkOptions } from '../link.ts'
import { addressOf, type NodeAddress } from '../node.ts'
import { News } from '../news.ts'
import type { ChangeFeed } from '../tracking.ts'
import type { ClusterMap } from './map.ts'
import { SLOTS } from './slot.ts'

/** A primary that this process is connected to. */
export interface Member {
  /** As announced. */
  readonly node: NodeAddress
  readonly connection: RedisConnection
  /** Whether it is up, and its clock known. */
  isReady(): boolean
}

/** What members are made with. */
export interface MembersOptions {
  readonly clock: Clock
  readonly coherence: Coherence
  readonly commandTimeoutMs: number
  linkTo(node: NodeAddress): LinkOptions
  feedFor(listener: ChangeListener): ChangeFeed | undefined
}

interface OwnMember extends Member {
  leave(): void
}

/** The primaries of a Cluster, a connection to each, and who has which slot. */
export class Members {
  /** Of members that became ready, came or went. */
  readonly news: News = new News()
  readonly #options: MembersOptions
  readonly #byAddress = new Map<string, OwnMember>()
  /** No primaries any more; what they were asked before may still be answered. */
  readonly #retired = new Set<OwnMember>()
  #owners: readonly (Member | undefined)[] = []
  #signature: string | undefined

  constructor(options: MembersOptions) {
    this.#options = options
  }

  /** The member that answers for `slot`. */
  ownerOf(slot: number): Member | undefined {
    return this.#owners[slot]
  }

  /** The member that is announced as `node`. */
  at(node: NodeAddress): Member | undefined {
    return this.#byAddress.get(addressOf(node))
  }

  /** All of them. */
  all(): readonly Member[] {
    return [...this.#byAddress.values()]
  }

  /** Takes on what a node says of the Cluster: connects to new primaries, and lets go of those that are none now. */
  install({ primaries, signature }: ClusterMap): void {
    if (signature === this.#signature) return
    this.#signature = signature
    const owners = Array.from<Member | undefined>({ length: SLOTS })
    const gone = new Map(this.#byAddress)
    for (const { node, ranges } of primaries) {
      const member = this.#byAddress.get(addressOf(node)) ?? this.#connectTo(node)
      gone.delete(addressOf(node))
      for (const [first, last] of ranges) owners.fill(member, first, last + 1)
    }
    this.#owners = owners
    for (const member of gone.values()) this.#retire(member)
    // Since when a slot is with its new owner is not known, and what was changed there was told to nobody here.
    this.#options.coherence.doubt()
    this.news.announce()
  }

  /** Ends all connections. */
  close(): void {
    for (const { connection } of [...this.#byAddress.values(), ...this.#retired]) connection.close()
  }

  #connectTo(node: NodeAddress): OwnMember {
    const { clock, coherence, linkTo, feedFor } = this.#options
    const { listener, leave } = coherence.join()
    const feed = feedFor(listener)
    let isReady = false
    const events = {
      up: () => feed?.resumed(),
      silent: () => feed?.lost(),
      heard: () => feed?.resumed(),
      looked: () => {
        isReady = true
        this.news.announce()
      },
      lost: () => void (isReady = false),
    }
    const connection = new RedisConnection(linkTo(node), clock, events, feed)
    const member: OwnMember = { node, connection, leave, isReady: () => isReady }
    this.#byAddress.set(addressOf(node), member)
    connection.start()
    return member
  }

  #retire(member: OwnMember): void {
    const { clock, commandTimeoutMs } = this.#options
    this.#byAddress.delete(addressOf(member.node))
    this.#retired.add(member)
    member.leave()
    clock.after(commandTimeoutMs, () => {
      this.#retired.delete(member)
      member.connection.close()
    })
  }
}
