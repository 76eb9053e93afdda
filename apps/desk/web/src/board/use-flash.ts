import { useEffect, useRef, type RefObject } from 'react'
import { useDesk } from '../desk-context.ts'
import type { LivePrice } from '../market/prices.ts'

const FLASH_MS = 240

/**
 * Marks an element with `data-flash` for a moment after each move. An attribute and a timer instead of a CSS
 * animation: with a hundred ticks a second some animation always runs, and draws every frame of the page.
 */
export function useFlash<E extends HTMLElement>(live: LivePrice | null): RefObject<E | null> {
  const { clock } = useDesk()
  const element = useRef<E>(null)
  const moved = useRef(live?.price.price)
  useEffect(() => {
    const { current } = element
    if (!current || !live || moved.current === live.price.price) return undefined
    const first = moved.current === undefined
    moved.current = live.price.price
    if (first) return undefined
    current.dataset['flash'] = live.direction > 0 ? 'up' : 'down'
    const timer = clock.after(FLASH_MS, () => delete current.dataset['flash'])
    return () => {
      timer.cancel()
      delete current.dataset['flash']
    }
  }, [live, clock])
  return element
}
