import type { Clock } from '../../core/clock.ts'
import { StoreUnavailableError } from '../../core/errors.ts'
import { Link, type LinkOptions } from '../link.ts'
import { addressOf, type NodeAddress } from '../node.ts'

interface Answer {
  readonly node: NodeAddress
  /** Grows with each failover. */
  readonly epoch: number
}

/** The Sentinels that watch over one group, a connection to each. */
export class Sentinels {
  readonly #name: string
  readonly #links: readonly { readonly address: string; readonly link: Link }[]

  /** `onUp`: one more can be asked. */
  constructor(
    name: string,
    nodes: readonly NodeAddress[],
    linkTo: (node: NodeAddress) => LinkOptions,
    clock: Clock,
    onUp: () => void,
  ) {
    this.#name = name
    const events = { up: onUp, lost: (): void => undefined }
    this.#links = nodes.map((node) => ({
      address: addressOf(node),
      link: new Link(linkTo(node), clock, events),
    }))
  }

  /** Begins to connect to all of them. */
  start(): void {
    for (const { link } of this.#links) link.start()
  }

  /**
   * Who is the primary, by the one that knows of the latest failover: another may be cut off from it.
   *
   * @throws StoreUnavailableError when none of them knows one
   */
  async primary(): Promise<NodeAddress> {
    const answers = await Promise.allSettled(this.#links.map(({ address, link }) => this.#ask(address, link)))
    let latest: Answer | undefined
    for (const answer of answers)
      if (answer.status === 'fulfilled' && (!latest || answer.value.epoch > latest.epoch))
        latest = answer.value
    if (latest) return latest.node
    const problems = answers.map((answer) =>
      answer.status === 'rejected' ? String(answer.reason.message) : '',
    )
    throw new StoreUnavailableError(`no Sentinel names a primary: ${[...new Set(problems)].join('; ')}`)
  }

  close(): void {
    for (const { link } of this.#links) link.close()
  }

  async #ask(address: string, link: Link): Promise<Answer> {
    if (!link.isUp) throw new StoreUnavailableError(`${address}: ${link.problem}`)
    const master = await link.send<Record<string, string>>('sentinel master', [
      'SENTINEL',
      'MASTER',
      this.#name,
    ])
    const node = { host: master['ip'] ?? '', port: Number(master['port']) }
    if (node.host === '' || !(node.port > 0))
      throw new StoreUnavailableError(`no address: ${addressOf(node)}`)
    return { node, epoch: Number(master['config-epoch'] ?? 0) }
  }
}
