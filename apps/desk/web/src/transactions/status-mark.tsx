import type { ReactElement } from 'react'
import type { OrderStatus } from '../api/trading-shapes.ts'
import { CheckIcon, ClockIcon, CrossIcon, QuestionIcon, SendIcon } from '../icons.tsx'

const STATUSES: Readonly<
  Record<OrderStatus, { readonly word: string; readonly means: string; readonly Icon: () => ReactElement }>
> = {
  PREPARED: {
    word: 'Prepared',
    means: 'The money is set aside. Nothing has been sent to the venue yet.',
    Icon: ClockIcon,
  },
  SUBMITTED: {
    word: 'Submitted',
    means: 'Being sent to the venue. There is no answer yet, so it may execute.',
    Icon: SendIcon,
  },
  UNKNOWN: {
    word: 'Unknown',
    means: 'The venue was asked and has not answered: it may have executed. The desk keeps asking.',
    Icon: QuestionIcon,
  },
  CONFIRMED: { word: 'Confirmed', means: 'Executed by the venue and booked.', Icon: CheckIcon },
  FAILED: { word: 'Failed', means: 'Not executed. Nothing moved.', Icon: CrossIcon },
}

/** How far an order has come, as a sign and a word. */
export function StatusMark({ status }: { status: OrderStatus }): ReactElement {
  const { word, means, Icon } = STATUSES[status]
  return (
    <span className="order-status" data-status={status} title={means}>
      <Icon />
      {word}
    </span>
  )
}
