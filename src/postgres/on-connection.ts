/** What of a node-postgres client is used here. */
export interface PgClient {
  release(isBroken?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Since pg 8.18: `I` when no transaction is open. */
  getTransactionStatus?(): string | null
}

/** What of a node-postgres pool is used here. */
export interface PgPool<Client> {
  connect(): Promise<Client>
}

/**
 * Runs a transaction on a connection of `pool`, which gets a sound one back, and no other: one whose BEGIN, COMMIT or
 * ROLLBACK had no answer is closed. What was sent on it may still act, and the COMMIT of whoever is next would commit
 * what was given up here. `transaction` calls `begun` once BEGIN was answered.
 */
export async function onConnection<Client extends PgClient, Result>(
  pool: PgPool<Client>,
  transaction: (client: Client, begun: () => void) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  // One that breaks between two statements tells nobody else; without a listener that ends the process.
  client.on('error', ignore)
  let hasBegun = false
  let hasEnded = false
  try {
    const result = await transaction(client, () => void (hasBegun = true))
    hasEnded = true
    return result
  } finally {
    client.removeListener('error', ignore)
    const status = client.getTransactionStatus?.()
    // The status is that of the last answer: after a BEGIN without one it is that of before.
    const isIdle = status === undefined ? hasEnded : hasBegun && status === 'I'
    client.release(!isIdle)
  }
}

function ignore(): void {}
