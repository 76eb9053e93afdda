import type { ReactElement } from 'react'
import type { Balance } from '../api/trading-shapes.ts'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { signOf } from '../format/decimal.ts'
import { AssetAmount } from '../money/amount.tsx'

/** What the agent's wallets hold, and how much of it is set aside for orders under way. */
export function BalancesPanel({
  balances,
  error,
  onRetry,
}: {
  balances: readonly Balance[] | undefined
  error: Error | null
  onRetry: () => void
}): ReactElement {
  return (
    <section className="panel" aria-labelledby="balances-title" data-testid="balances">
      <header className="panel-head">
        <h2 id="balances-title">Balances</h2>
      </header>
      {balances ? (
        balances.length > 0 ? (
          <ul className="balances">
            {balances.map((balance) => (
              <BalanceLine key={`${balance.wallet} ${balance.asset}`} balance={balance} />
            ))}
          </ul>
        ) : (
          <Empty title="Nothing to trade with">Make a deposit: it is play money.</Empty>
        )
      ) : error ? (
        <Notice error={error} onRetry={onRetry} />
      ) : (
        <Skeleton rows={3} label="Loading the balances" />
      )}
    </section>
  )
}

function BalanceLine({ balance }: { balance: Balance }): ReactElement {
  const { symbol, chain, wallet, amount, reserved } = balance
  return (
    <li>
      <span className="balance-name">
        <strong>{symbol}</strong>{' '}
        <span className="panel-note" title={`Wallet ${wallet}`}>
          {chain}
        </span>
      </span>
      <span className="balance-amount">
        <AssetAmount amount={amount} testId={`balance-${chain}-${symbol}`} />
        {signOf(reserved) > 0 && (
          <span className="balance-reserved">
            <AssetAmount amount={reserved} /> set aside
          </span>
        )}
      </span>
    </li>
  )
}
