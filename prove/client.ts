import type { GateView, StrongCounts, StrongReading, TransactionOptions } from 'holdfast'
import type { Account, Group } from './bank.ts'
import type { Session } from './pooled-truth.ts'

/** A change of accounts in one transaction. */
export interface Change {
  /** Accounts, in ascending order. */
  readonly accounts: readonly number[]
  /** Whose group is touched, too. */
  readonly groups: readonly number[]
  readonly how: 'put' | 'touch'
  readonly isolation: TransactionOptions['isolation']
  readonly ack: 'settled' | 'commit'
  readonly body: (tx: Session) => Promise<void>
}

/** What a worker works with: the protocol, or a design that is wrong. */
export interface Client {
  account(id: number): Promise<StrongReading<Account>>
  group(id: number): Promise<StrongReading<Group>>
  accounts(ids: readonly number[]): Promise<readonly (Account | null)[]>
  write(change: Change): Promise<void>
  counts(): StrongCounts
  gate(): GateView | undefined
  close(): Promise<void>
}
