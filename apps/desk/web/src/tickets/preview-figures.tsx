import type { ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import type { Side } from '../api/trading-shapes.ts'
import { MISSING, roundDecimal } from '../format/decimal.ts'
import { formatAge } from '../format/duration.ts'
import { AssetAmount, Cash, PriceAmount } from '../money/amount.tsx'
import { multiply } from '../money/arithmetic.ts'
import type { PreviewState } from './use-preview.ts'

/** What the order would do at the price of this moment. The lines are always there, so that nothing moves. */
export function PreviewFigures({
  side,
  asset,
  state: { preview, problem, pending },
}: {
  side: Side
  asset: Pick<Asset, 'symbol' | 'quote'>
  state: PreviewState
}): ReactElement {
  const { symbol, quote } = asset
  return (
    <section className="preview-figures" data-testid="preview" data-pending={pending || undefined}>
      <dl>
        <div>
          <dt>Price</dt>
          <dd>
            {preview ? (
              <>
                <PriceAmount price={preview.price} />
                <span className="currency">{quote}</span>{' '}
                <span className="panel-note">{formatAge(preview.priceAgeMs)} old</span>
              </>
            ) : (
              MISSING
            )}
          </dd>
        </div>
        <div>
          <dt>{side === 'buy' ? 'You get' : 'You sell'}</dt>
          <dd>
            {preview ? (
              <AssetAmount amount={preview.baseAmount} symbol={symbol} testId="preview-base" />
            ) : (
              MISSING
            )}
          </dd>
        </div>
        <div>
          <dt>Fee</dt>
          <dd>{preview ? <Cash amount={preview.fee} currency={quote} testId="preview-fee" /> : MISSING}</dd>
        </div>
        <div>
          <dt>Price impact</dt>
          <dd>{preview ? share(preview.priceImpact) : MISSING}</dd>
        </div>
        <div>
          <dt>Slippage</dt>
          <dd>{preview ? basisPoints(preview.slippageBps) : MISSING}</dd>
        </div>
        <div data-strong>
          <dt>{side === 'buy' ? 'You pay, fee included' : 'You receive, after the fee'}</dt>
          <dd>
            {preview ? <Cash amount={preview.total} currency={quote} testId="preview-total" /> : MISSING}
          </dd>
        </div>
      </dl>
      <output className="preview-note">
        {problem
          ? ''
          : pending
            ? 'Asking what this would do…'
            : preview
              ? 'Refreshed as the price moves.'
              : ''}
      </output>
    </section>
  )
}

/** A share as percent: `0.0123` is `1.23 %`. */
function share(text: string): string {
  const percent = multiply(text, '100')
  return percent === null ? MISSING : `${roundDecimal(percent, 3)} %`
}

/** `12` is `0.12 %`; slippage may be in our favour, too. */
function basisPoints(bps: number): string {
  const percent = multiply(String(Math.round(bps)), '0.01')
  return percent === null ? MISSING : `${roundDecimal(percent, 2)} %`
}
