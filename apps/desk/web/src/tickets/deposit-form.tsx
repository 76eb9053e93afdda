import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useDesk } from '../desk-context.ts'
import { Field } from '../form/field.tsx'
import { fieldErrors } from '../form/field-errors.ts'
import { formatDecimal } from '../format/decimal.ts'
import { amountError, typedAmount } from '../money/typed-amount.ts'
import { AmountField } from './amount-field.tsx'
import type { Attempt } from './attempt.ts'
import { refusalOf, type FormState } from './form-state.ts'
import type { Order, Subject } from './order.ts'
import { TicketFrame } from './ticket-frame.tsx'

/** A ticket that gives an agent cash to trade with on paper. */
export function DepositForm({
  subject,
  attempt,
  state,
  onClose,
}: {
  subject: Extract<Subject, { action: 'deposit' }>
  attempt: Attempt
  state: FormState
  onClose: () => void
}): ReactElement {
  const { queries } = useDesk()
  const assets = useQuery(queries.assets)
  const agent = useQuery(queries.agents).data?.find(({ id }) => id === subject.agentId)
  const chains = [...new Set((assets.data ?? []).map(({ chain }) => chain))]
  const [picked, setPicked] = useState<string | null>(null)
  const [text, setText] = useState('')
  const chain = picked ?? chains[0] ?? ''
  const currency = assets.data?.find((asset) => asset.chain === chain)?.quote ?? ''
  const invalid = amountError(text, { unit: currency })
  const amount = invalid === null ? typedAmount(text) : null
  const order: Order | null =
    amount === null || chain === '' ? null : { kind: 'deposit', agentId: subject.agentId, chain, amount }
  const sending = state.kind === 'sending'
  const refused = fieldErrors(refusalOf(state, order), ['amount', 'chain'])
  return (
    <TicketFrame
      title={`Deposit to ${agent?.name ?? 'the agent'}`}
      about={
        <p className="panel-note">Play money: it exists on this desk only, and orders with it stay here.</p>
      }
      side="deposit"
      state={state}
      action={amount === null ? 'Deposit' : `Deposit ${formatDecimal(amount)} ${currency}`}
      problem={refused.form}
      ready={order !== null}
      onSubmit={() => order && attempt.submit(order)}
      onClose={onClose}
    >
      <Field label="Chain" error={refused.fields.get('chain') ?? null}>
        {(control) => (
          <select
            {...control}
            value={chain}
            disabled={sending}
            onChange={(event) => setPicked(event.target.value)}
          >
            {chains.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        )}
      </Field>
      <AmountField
        label="Amount"
        unit={currency}
        value={text}
        hint="It is added to the agent’s balance, and its profit is counted from there."
        error={(text ? invalid : null) ?? refused.fields.get('amount') ?? null}
        readOnly={sending}
        onChange={setText}
      />
    </TicketFrame>
  )
}
