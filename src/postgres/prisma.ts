import { beginsWith, type Rows, type Truth } from '../truth.ts'

/** What runs a statement: the client, or a transaction. */
interface PrismaQueryable {
  $queryRawUnsafe(statement: string, ...parameters: never[]): PromiseLike<unknown>
}

/** What the adapter calls of a Prisma client, version 7, with the driver adapter `@prisma/adapter-pg`. */
export interface PrismaLike extends PrismaQueryable {
  $transaction(...parameters: never[]): Promise<unknown>
}

/** What a client has, and a transaction has not. */
type OutsideOnly = '$transaction' | '$connect' | '$disconnect' | '$on' | '$extends' | '$use'

/** How Prisma runs the transactions of writes and of loaders. */
export interface PrismaTruthOptions {
  /** The longest that a transaction may take, ms. Prisma's own default is 5 s. Default 10 s. */
  readonly timeoutMs?: number
  /** The longest to wait for a connection, ms. Default 2 s, as Prisma's. */
  readonly maxWaitMs?: number
}

const ISOLATION = {
  'read committed': 'ReadCommitted',
  'repeatable read': 'RepeatableRead',
  serializable: 'Serializable',
} as const

/**
 * A Prisma client as the truth. Loaders and the bodies of writes get a client without what only works outside of
 * transactions.
 *
 * Prisma ends a transaction that takes longer than `timeoutMs`; what its body does then fails, and is rolled back.
 */
export function prismaTruth<Client extends PrismaLike>(
  client: Client,
  { timeoutMs = 10_000, maxWaitMs = 2_000 }: PrismaTruthOptions = {},
): Truth<Omit<Client, OutsideOnly>> {
  type Session = Omit<Client, OutsideOnly>
  const run = client as unknown as {
    $transaction<Result>(
      body: (tx: Session) => Promise<Result>,
      options: { timeout: number; maxWait: number; isolationLevel?: string },
    ): Promise<Result>
  }
  const rowsOf = async (
    session: Session,
    statement: string,
    parameters: readonly unknown[],
  ): Promise<Rows> => {
    const queryable = session as unknown as {
      $queryRawUnsafe(statement: string, ...parameters: unknown[]): PromiseLike<unknown>
    }
    return (await queryable.$queryRawUnsafe(statement, ...parameters)) as Rows
  }
  return {
    name: 'postgres (prisma)',
    session: client,
    transaction: (body, { isolation, readOnly = false } = {}) =>
      run.$transaction(
        async (tx) => {
          const first = beginsWith({ readOnly })
          if (first !== undefined) await rowsOf(tx, first, [])
          return body(tx)
        },
        {
          timeout: timeoutMs,
          maxWait: maxWaitMs,
          ...(isolation && { isolationLevel: ISOLATION[isolation] }),
        },
      ),
    query: (session, statement, parameters = []) => rowsOf(session, statement, parameters),
  }
}
