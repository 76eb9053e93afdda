import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { Agent } from '../api/shapes.ts'
import type { Position, TradeOrder } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { Skeleton } from '../feedback/skeleton.tsx'
import { Field } from '../form/field.tsx'
import { fieldErrors } from '../form/field-errors.ts'
import { compareDecimal, formatDecimal, roundDecimal } from '../format/decimal.ts'
import { assetPlaces } from '../money/places.ts'
import { amountError, typedAmount } from '../money/typed-amount.ts'
import { useAllHoldings } from '../portfolio/use-holdings.ts'
import { AmountField } from './amount-field.tsx'
import type { Attempt } from './attempt.ts'
import { refusalOf, type FormState } from './form-state.ts'
import type { Subject } from './order.ts'
import { PreviewFigures } from './preview-figures.tsx'
import { Shares } from './shares.tsx'
import { slippageOf } from './slippage.ts'
import { SlippageField } from './slippage-field.tsx'
import { TicketFrame } from './ticket-frame.tsx'
import { usePreview } from './use-preview.ts'

interface SellProps {
  readonly subject: Extract<Subject, { action: 'buy' | 'sell' }>
  readonly attempt: Attempt
  readonly state: FormState
  readonly onClose: () => void
}

/** A position that can be sold, and whose it is. */
interface Sellable {
  readonly agent: Agent
  readonly position: Position
}

/** A ticket to sell: which position, and how much of it. */
export function SellForm(props: SellProps): ReactElement {
  const { queries } = useDesk()
  const agents = useQuery(queries.agents)
  const { subject, onClose } = props
  const wanted =
    subject.agentId === undefined ? agents.data : agents.data?.filter(({ id }) => id === subject.agentId)
  const all = useAllHoldings(wanted)
  const known = agents.data !== undefined && all.every(({ holdings }) => holdings)
  const sellable = all.flatMap(({ agent, holdings }) =>
    (holdings?.positions ?? [])
      .filter((position) => isOf(position, subject))
      .map((position): Sellable => ({ agent, position })),
  )
  const [first] = sellable
  if (known && first) return <Fields {...props} sellable={sellable} first={first} />
  return (
    <div className="ticket-form">
      <h2 id="ticket-title">Sell</h2>
      {props.state.kind === 'sending' ? (
        // The position may be gone a moment before the answer that says so.
        <output>The order is on its way.</output>
      ) : known ? (
        <p>There is no open position to sell.</p>
      ) : (
        <Skeleton rows={4} label="Loading the positions" />
      )}
      <button type="button" className="button" onClick={onClose}>
        Close
      </button>
    </div>
  )
}

function Fields({
  sellable,
  first,
  attempt,
  state,
  onClose,
}: SellProps & { sellable: readonly Sellable[]; first: Sellable }): ReactElement {
  const [positionId, setPositionId] = useState(first.position.id)
  const [typed, setTyped] = useState<string | null>(null)
  const [slippage, setSlippage] = useState('')
  const { agent, position } = sellable.find((each) => each.position.id === positionId) ?? first
  const { symbol, quote } = position
  // Until somebody types, it is all of it: also when a partial sale makes it less in the meantime.
  const text = typed ?? position.amount
  const invalid = amountError(text, { unit: symbol, available: position.amount, places: position.decimals })
  const { bps, error: slippageError } = slippageOf(slippage)
  const amount = invalid || slippageError ? null : typedAmount(text)
  const whole = amount !== null && compareDecimal(amount, position.amount) === 0
  const order: TradeOrder | null =
    amount === null
      ? null
      : {
          agentId: agent.id,
          side: 'sell',
          chain: position.chain,
          asset: position.asset,
          positionId: position.id,
          ...(!whole && { amount }),
          ...(bps !== undefined && { maxSlippageBps: bps }),
        }
  const sending = state.kind === 'sending'
  const preview = usePreview(order, sending)
  const refused = fieldErrors(refusalOf(state, order && { kind: 'trade', ...order }), [
    'amount',
    'maxSlippageBps',
  ])
  const previewed = fieldErrors(preview.problem, ['amount', 'maxSlippageBps'])

  return (
    <TicketFrame
      title={`Sell ${symbol}`}
      side="sell"
      state={state}
      action={sellAction(symbol, amount, whole)}
      problem={refused.form ?? previewed.form}
      ready={order !== null && !preview.pending}
      onSubmit={() => order && attempt.submit({ kind: 'trade', ...order })}
      onClose={onClose}
    >
      <Field label="Position">
        {(control) => (
          <select
            {...control}
            value={position.id}
            disabled={sending}
            onChange={(event) => {
              setPositionId(event.target.value)
              setTyped(null)
            }}
          >
            {sellable.map((each) => (
              <option key={each.position.id} value={each.position.id}>
                {each.position.symbol} · {each.agent.name} ·{' '}
                {roundDecimal(each.position.amount, assetPlaces(each.position.amount))}
              </option>
            ))}
          </select>
        )}
      </Field>
      <AmountField
        key={position.id}
        label="Sell"
        unit={symbol}
        value={text}
        hint={`The position holds ${formatDecimal(position.amount)} ${symbol}`}
        error={
          (typed ? invalid : null) ?? refused.fields.get('amount') ?? previewed.fields.get('amount') ?? null
        }
        readOnly={sending}
        onChange={setTyped}
      >
        <Shares of={position.amount} places={position.decimals} all="All" onPick={setTyped} />
      </AmountField>
      <SlippageField
        value={slippage}
        error={
          slippageError ??
          refused.fields.get('maxSlippageBps') ??
          previewed.fields.get('maxSlippageBps') ??
          null
        }
        usual={`Left empty, it is sold at what ${quote} the market gives.`}
        onChange={setSlippage}
      />
      <PreviewFigures side="sell" asset={position} state={preview} />
    </TicketFrame>
  )
}

function sellAction(symbol: string, amount: string | null, whole: boolean): string {
  if (amount === null) return `Sell ${symbol}`
  return whole ? `Sell all ${symbol}` : `Sell ${formatDecimal(amount)} ${symbol}`
}

function isOf(position: Position, { chain, asset, positionId }: SellProps['subject']): boolean {
  if (positionId !== undefined) return position.id === positionId
  return asset === undefined || (position.asset === asset && position.chain === chain)
}
