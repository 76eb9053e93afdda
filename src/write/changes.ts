import type { Duration } from '../core/duration.ts'
import { DeclarationError } from '../core/errors.ts'
import type { Schema } from '../core/standard-schema.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { checkTables, checkTags, tableTag } from '../keyspace/tags.ts'
import type { OutboxMessage, Outlet } from '../outbox/message.ts'
import type { WriteTarget } from './target.ts'

/** The bound of what one write remembers. How many keys it may fence is less, and decided when the gate is known. */
const MOST_KEYS = 100_000

/** The bounds of what one write leaves in the outbox. */
const MOST_MESSAGES = 10_000
const MOST_MESSAGE_CHARACTERS = 16_000_000

/** A declaration whose events may be emitted by a write. */
type Emittable<Id, Value> = Keyspace & {
  readonly kind: 'topic'
  readonly schema: Schema<unknown, Value>
  readonly idType?: Id
}

/** A declaration whose jobs may be enqueued by a write. */
type Enqueueable<Job> = Keyspace & {
  readonly kind: 'queue'
  readonly job: Schema<unknown, Job>
}

/** A declaration whose keys may be changed by a write, by their id. */
type Touchable<Id> = Keyspace & {
  readonly kind: 'strong' | 'cached'
  // The id is what `load` is asked for. A keyspace without a loader takes any id of its pattern.
  readonly load: ((id: Id, ...rest: never[]) => unknown) | undefined
}

/** What a write says of the state that its statements change. Only until its body ends. */
export interface Changes {
  /**
   * This key is changed by the commit. Strong keys are cold when the write resolves, cached ones deleted: the next
   * read loads. Say it for everything that is derived from what the statements change.
   *
   * @throws InvalidIdError; DeclarationError for a keyspace that is not part of this state
   */
  touch<Id extends Readonly<Record<string, string>>>(keyspace: Touchable<Id>, id: NoInfer<Id>): void
  /**
   * As `touch`, for a row that the statements of this write wrote: it is read once more before the commit, with the
   * loader of its keyspace, and is in the cache when the write resolves.
   */
  put<Id extends Readonly<Record<string, string>>>(
    keyspace: Touchable<Id> & { readonly kind: 'strong'; readonly row: true },
    id: NoInfer<Id>,
  ): void
  /**
   * After the commit the values with these tags are removed, as by `state.invalidateTags`: a load that was under way
   * then is not stored.
   *
   * @throws DeclarationError for what is no text
   */
  touchTags(tags: readonly string[]): void
  /** As `touchTags`, for what is derived from these tables: results of queries, and all that has the tag `table:…`. */
  touchTables(tables: readonly string[]): void
  /**
   * This event is told by the commit: it is left in the outbox by the same transaction, and published after it, at
   * least once. Events of one key come in the order of their commits, if the transaction has locked or changed a row
   * that all of that key have in common.
   *
   * @throws InvalidIdError, InvalidValueError, ValueTooLargeError; DeclarationError for a topic that is not part of
   * this state
   */
  emit<Id extends Readonly<Record<string, string>>, Value>(
    topic: Emittable<Id, Value>,
    id: NoInfer<Id>,
    event: NoInfer<Value>,
  ): void
  /**
   * This job is added by the commit: it is left in the outbox by the same transaction, and added to its queue after
   * it, once for its id.
   *
   * @throws InvalidValueError, ValueTooLargeError; DeclarationError for a queue that is not part of this state, and
   * for an option that is none
   */
  enqueue<Job>(queue: Enqueueable<Job>, job: NoInfer<Job>, options?: EnqueueOptions): void
}

/** How a job is added: see `AddOptions` of queues. */
export interface EnqueueOptions {
  readonly id?: string
  /** From when it is added, a moment after the commit. */
  readonly delay?: Duration
  readonly priority?: number
}

const TOO_LATE = 'changed after the body of its write had ended: await all that the body starts'

/** One changed key, or tag. */
export interface Change<Session> {
  readonly target: WriteTarget<Session>
  readonly id: Readonly<Record<string, string>>
  readonly key: string
  isPut: boolean
}

/** Collects what one run of a body changes. A driver that runs the body again begins with an empty one. */
export class ChangeSet<Session> implements Changes {
  readonly #targets: ReadonlyMap<Keyspace, WriteTarget<Session>>
  readonly #tags: WriteTarget<Session>
  readonly #outlets: ReadonlyMap<Keyspace, Outlet>
  readonly #changes = new Map<string, Change<Session>>()
  readonly #messages: OutboxMessage[] = []
  #messageCharacters = 0
  #isOpen = true

  /** `tags` removes what has the tag of an id `{ tag }`. */
  constructor(
    targets: ReadonlyMap<Keyspace, WriteTarget<Session>>,
    tags: WriteTarget<Session>,
    outlets: ReadonlyMap<Keyspace, Outlet>,
  ) {
    this.#outlets = outlets
    this.#targets = targets
    this.#tags = tags
  }

  touch(keyspace: Keyspace, id: Readonly<Record<string, string>>): void {
    this.#add(keyspace, id)
  }

  put(keyspace: Keyspace, id: Readonly<Record<string, string>>): void {
    const change = this.#add(keyspace, id)
    if (!change.target.valuesInside)
      throw new DeclarationError(
        keyspace.pattern.text,
        'put is for strong keyspaces that are declared with row: true; use touch',
      )
    change.isPut = true
  }

  touchTags(tags: readonly string[]): void {
    for (const tag of checkTags('changes.touchTags', tags))
      // No pattern makes a key that begins like this.
      this.#addChange(this.#tags, { tag }, `~tag:${tag}`, `tag '${tag}'`)
  }

  touchTables(tables: readonly string[]): void {
    this.touchTags(checkTables('changes.touchTables', tables).map(tableTag))
  }

  emit(topic: Keyspace, id: Readonly<Record<string, string>>, event: unknown): void {
    this.#send(topic, id, event)
  }

  enqueue(queue: Keyspace, job: unknown, options: EnqueueOptions = {}): void {
    this.#send(queue, {}, job, options)
  }

  /** What is to be left in the outbox. */
  get messages(): readonly OutboxMessage[] {
    return this.#messages
  }

  /** All changes. Nothing may be added any more. */
  close(): Change<Session>[] {
    this.#isOpen = false
    return [...this.#changes.values()]
  }

  #add(keyspace: Keyspace, id: Readonly<Record<string, string>>): Change<Session> {
    const target = this.#targets.get(keyspace)
    if (!target)
      throw new DeclarationError(
        keyspace.pattern.text,
        'is no strong or cached keyspace of this state: give it to open',
      )
    return this.#addChange(target, id, keyspace.pattern.key(id), keyspace.pattern.text)
  }

  #send(to: Keyspace, id: Readonly<Record<string, string>>, value: unknown, options?: EnqueueOptions): void {
    const field = to.pattern.text
    const outlet = this.#outlets.get(to)
    if (!outlet) throw new DeclarationError(field, 'is no topic and no queue of this state: give it to open')
    if (!this.#isOpen) throw new DeclarationError(field, TOO_LATE)
    const message = outlet.message(id, value, options && { ...options })
    this.#messageCharacters += message.payload.length
    if (this.#messages.length >= MOST_MESSAGES || this.#messageCharacters > MOST_MESSAGE_CHARACTERS)
      throw new DeclarationError(
        field,
        `one write emits at most ${MOST_MESSAGES} events and jobs of ${MOST_MESSAGE_CHARACTERS} characters together: split the work`,
      )
    this.#messages.push(message)
  }

  #addChange(
    target: WriteTarget<Session>,
    id: Readonly<Record<string, string>>,
    key: string,
    field: string,
  ): Change<Session> {
    if (!this.#isOpen) throw new DeclarationError(field, TOO_LATE)
    const known = this.#changes.get(key)
    if (known) return known
    if (this.#changes.size === MOST_KEYS)
      throw new DeclarationError(field, `one write changes at most ${MOST_KEYS} keys: split the work`)
    const change = { target, id, key, isPut: false }
    this.#changes.set(key, change)
    return change
  }
}
