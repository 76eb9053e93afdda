import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { Agent, Asset } from '../api/shapes.ts'
import type { TradeOrder } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { Field } from '../form/field.tsx'
import { fieldErrors } from '../form/field-errors.ts'
import { formatDecimal, fractionDigits, roundDecimal } from '../format/decimal.ts'
import { assetKey } from '../market/asset-key.ts'
import { cashPlaces } from '../money/places.ts'
import { amountError, typedAmount } from '../money/typed-amount.ts'
import { useHoldings } from '../portfolio/use-holdings.ts'
import { AmountField } from './amount-field.tsx'
import { AssetOptions } from './asset-options.tsx'
import type { Attempt } from './attempt.ts'
import { refusalOf, type FormState } from './form-state.ts'
import type { Subject } from './order.ts'
import { PreviewFigures } from './preview-figures.tsx'
import { Shares } from './shares.tsx'
import { slippageOf } from './slippage.ts'
import { SlippageField } from './slippage-field.tsx'
import { TicketFrame } from './ticket-frame.tsx'
import { usePreview } from './use-preview.ts'

interface BuyProps {
  readonly subject: Extract<Subject, { action: 'buy' | 'sell' }>
  readonly attempt: Attempt
  readonly state: FormState
  readonly onClose: () => void
}

/** A ticket to buy: which agent pays, for what, and how much it spends. */
export function BuyForm(props: BuyProps): ReactElement {
  const { queries } = useDesk()
  const agents = useQuery(queries.agents)
  const assets = useQuery(queries.assets)
  const { subject, onClose } = props
  const holdings = useQuery({
    ...queries.holdings(subject.agentId ?? ''),
    enabled: subject.agentId !== undefined,
  })
  const failed = agents.error ?? assets.error
  if (agents.data && assets.data) {
    const agent =
      agents.data.find(({ id }) => id === subject.agentId) ??
      agents.data.find(({ status }) => status === 'active') ??
      agents.data[0]
    const asset =
      assets.data.find((each) => isOf(each, subject)) ??
      assets.data.find((each) => !holdings.data?.positions.some((position) => isOf(each, position))) ??
      assets.data[0]
    if (agent && asset) {
      return <Fields {...props} agents={agents.data} assets={assets.data} first={{ agent, asset }} />
    }
  }
  return (
    <div className="ticket-form">
      <h2 id="ticket-title">Buy</h2>
      {failed ? (
        <Notice error={failed} />
      ) : agents.data && assets.data ? (
        <p>
          {assets.data.length === 0
            ? 'The desk trades no assets yet.'
            : 'Make an agent first: it is what trades.'}
        </p>
      ) : (
        <Skeleton rows={4} label="Loading the ticket" />
      )}
      <button type="button" className="button" onClick={onClose}>
        Close
      </button>
    </div>
  )
}

function Fields({
  agents,
  assets,
  first,
  attempt,
  state,
  onClose,
}: BuyProps & {
  agents: readonly Agent[]
  assets: readonly Asset[]
  first: { agent: Agent; asset: Asset }
}): ReactElement {
  const [agentId, setAgentId] = useState(first.agent.id)
  const [key, setKey] = useState(assetKey(first.asset))
  const [text, setText] = useState('')
  const [slippage, setSlippage] = useState('')
  const agent = agents.find(({ id }) => id === agentId) ?? first.agent
  const asset = assets.find((each) => assetKey(each) === key) ?? first.asset
  const { symbol, quote } = asset
  const cash = useHoldings(agent.id).data?.balances.find(
    (balance) => balance.chain === asset.chain && balance.asset === quote,
  )
  const invalid = amountError(text, { unit: quote, available: cash?.available })
  const { bps, error: slippageError } = slippageOf(slippage)
  const amount = invalid || slippageError ? null : typedAmount(text)
  const order: TradeOrder | null =
    amount === null
      ? null
      : {
          agentId: agent.id,
          side: 'buy',
          chain: asset.chain,
          asset: asset.asset,
          amount,
          ...(bps !== undefined && { maxSlippageBps: bps }),
        }
  const sending = state.kind === 'sending'
  const preview = usePreview(order, sending)
  const refused = fieldErrors(refusalOf(state, order && { kind: 'trade', ...order }), [
    'amount',
    'maxSlippageBps',
  ])
  const previewed = fieldErrors(preview.problem, ['amount', 'maxSlippageBps'])
  const shownError = (text ? invalid : null) ?? refused.fields.get('amount') ?? previewed.fields.get('amount')

  return (
    <TicketFrame
      title={`Buy ${symbol}`}
      side="buy"
      about={
        agent.status === 'paused' && (
          <p className="ticket-warning">{agent.name} is paused: it does not trade.</p>
        )
      }
      state={state}
      action={amount === null ? `Buy ${symbol}` : `Buy ${symbol} for ${formatDecimal(amount)} ${quote}`}
      problem={refused.form ?? previewed.form}
      ready={order !== null && !preview.pending}
      onSubmit={() => order && attempt.submit({ kind: 'trade', ...order })}
      onClose={onClose}
    >
      <div className="ticket-pair">
        <Field label="Agent">
          {(control) => (
            <select
              {...control}
              value={agent.id}
              disabled={sending}
              onChange={(event) => setAgentId(event.target.value)}
            >
              {agents.map(({ id, name, status }) => (
                <option key={id} value={id}>
                  {name}
                  {status === 'paused' && ' (paused)'}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Asset">
          {(control) => (
            <select
              {...control}
              value={key}
              disabled={sending}
              onChange={(event) => setKey(event.target.value)}
            >
              <AssetOptions assets={assets} />
            </select>
          )}
        </Field>
      </div>
      <AmountField
        label={`Spend, fee included`}
        unit={quote}
        value={text}
        hint={
          cash
            ? `${roundDecimal(cash.available, cashPlaces(quote))} ${quote} available`
            : `No ${quote} on ${asset.chain} yet`
        }
        error={shownError ?? null}
        readOnly={sending}
        onChange={setText}
      >
        <Shares
          of={cash?.available}
          places={Math.min(cashPlaces(quote), fractionDigits(cash?.available ?? ''))}
          all="Max"
          onPick={setText}
        />
      </AmountField>
      <SlippageField
        value={slippage}
        error={
          slippageError ??
          refused.fields.get('maxSlippageBps') ??
          previewed.fields.get('maxSlippageBps') ??
          null
        }
        usual="Left empty, the agent’s own limit applies."
        onChange={setSlippage}
      />
      <PreviewFigures side="buy" asset={asset} state={preview} />
    </TicketFrame>
  )
}

function isOf(asset: Asset, subject: { chain?: string | undefined; asset?: string | undefined }): boolean {
  return asset.chain === subject.chain && asset.asset === subject.asset
}
