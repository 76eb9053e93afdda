import { useEffect } from 'react'
import { useDesk } from '../desk-context.ts'
import { isTyping } from '../shell/typing.ts'
import type { Subject } from './order.ts'

/** While this is on screen, `b` and `s` open tickets for what is selected; null leaves a key without effect. */
export function useTradeKeys(subjects: {
  readonly buy: Subject | null
  readonly sell: Subject | null
}): void {
  const { tickets } = useDesk()
  const { buy, sell } = subjects
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const subject = event.key === 'b' ? buy : event.key === 's' ? sell : null
      if (!subject || event.repeat || isTyping(event) || document.querySelector('dialog[open]')) return
      event.preventDefault()
      tickets.show(subject)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [tickets, buy, sell])
}
