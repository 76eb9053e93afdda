import { createContext, use } from 'react'
import type { Desk } from './desk.ts'

/** Holds the desk of this page. */
export const DeskContext = createContext<Desk | null>(null)

/** The desk of this page. Throws outside its provider: that is a mistake in the code. */
export function useDesk(): Desk {
  const desk = use(DeskContext)
  if (!desk) throw new Error('useDesk needs a DeskContext around it')
  return desk
}
