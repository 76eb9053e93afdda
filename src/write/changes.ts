import { DeclarationError } from '../core/errors.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { WriteTarget } from './target.ts'

/** More keys than this in one write: close the gate around bulk work, or split it. */
const MOST_KEYS = 10_000

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
}

/** One changed key. */
export interface Change<Session> {
  readonly target: WriteTarget<Session>
  readonly id: Readonly<Record<string, string>>
  readonly key: string
  isPut: boolean
}

/** Collects what one run of a body changes. A driver that runs the body again begins with an empty one. */
export class ChangeSet<Session> implements Changes {
  readonly #targets: ReadonlyMap<Keyspace, WriteTarget<Session>>
  readonly #changes = new Map<string, Change<Session>>()
  #isOpen = true

  constructor(targets: ReadonlyMap<Keyspace, WriteTarget<Session>>) {
    this.#targets = targets
  }

  touch(keyspace: Keyspace, id: Readonly<Record<string, string>>): void {
    this.#add(keyspace, id)
  }

  put(keyspace: Keyspace, id: Readonly<Record<string, string>>): void {
    const change = this.#add(keyspace, id)
    if (!change.target.valueInside)
      throw new DeclarationError(
        keyspace.pattern.text,
        'put is for strong keyspaces that are declared with row: true; use touch',
      )
    change.isPut = true
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
    if (!this.#isOpen)
      throw new DeclarationError(
        keyspace.pattern.text,
        'changed after the body of its write had ended: await all that the body starts',
      )
    const key = keyspace.pattern.key(id)
    const known = this.#changes.get(key)
    if (known) return known
    if (this.#changes.size === MOST_KEYS)
      throw new DeclarationError(
        keyspace.pattern.text,
        `one write changes at most ${MOST_KEYS} keys: split the work`,
      )
    const change = { target, id, key, isPut: false }
    this.#changes.set(key, change)
    return change
  }
}
