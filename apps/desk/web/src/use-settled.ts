import { useEffect, useState } from 'react'
import { useDesk } from './desk-context.ts'

/** The value once it has stayed the same for a moment; until then the one before it. */
export function useSettled<T>(value: T, afterMs: number): T {
  const { clock } = useDesk()
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = clock.after(afterMs, () => setSettled(value))
    return () => timer.cancel()
  }, [clock, value, afterMs])
  return settled
}
