import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { Transaction } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { TransactionRow } from './transaction-row.tsx'

const COLUMNS = ['Time', 'What', 'Amount', 'Price', 'Value', 'Fee', 'Profit', 'Why', 'Status'] as const

/** All that moved an agent's money, newest first, with the orders that are not final yet. */
export function TransactionsPanel({ agentId }: { agentId: string }): ReactElement {
  const { queries } = useDesk()
  const pages = useInfiniteQuery(queries.transactions(agentId))
  const transactions = pages.data && withoutRepeats(pages.data.pages.flat())
  return (
    <section
      className="panel transactions-panel"
      aria-labelledby="transactions-title"
      data-testid="transactions"
    >
      <header className="panel-head">
        <h2 id="transactions-title">Transactions</h2>
        <span className="panel-note">times in UTC</span>
      </header>
      {transactions ? (
        transactions.length > 0 ? (
          <table className="lines transactions" aria-label="Transactions">
            <thead>
              <tr className="line line-head">
                {COLUMNS.map((name) => (
                  <th key={name} scope="col" className={`cell-${name.toLowerCase()}`}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {transactions.map((transaction) => (
                <TransactionRow key={transaction.id} transaction={transaction} />
              ))}
            </tbody>
          </table>
        ) : (
          <Empty title="Nothing has moved yet">Deposits and trades are listed here as they happen.</Empty>
        )
      ) : pages.isError ? (
        <Notice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : (
        <Skeleton rows={5} label="Loading the transactions" />
      )}
      {pages.hasNextPage && (
        <button
          type="button"
          className="button more"
          disabled={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Show older ones
        </button>
      )}
    </section>
  )
}

/** A transaction that came while pages were read may be on two of them. */
function withoutRepeats(transactions: readonly Transaction[]): readonly Transaction[] {
  return [...new Map(transactions.map((transaction) => [transaction.id, transaction])).values()]
}
