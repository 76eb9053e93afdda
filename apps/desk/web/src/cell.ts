import { useSyncExternalStore } from 'react'

/** A value that can be read now and watched for change. */
export interface ReadonlyCell<T> {
  readonly get: () => T
  /** Calls `listener` after each change; returns the function that stops it. */
  readonly subscribe: (listener: () => void) => () => void
}

/** A watched value with its writer. Setting an identical value tells nobody. */
export interface Cell<T> extends ReadonlyCell<T> {
  readonly set: (value: T) => void
}

/** Makes a cell. Live state is kept in cells, so that one change re-renders only those who watch it. */
export function createCell<T>(initial: T): Cell<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(value, next)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The cell's value, re-rendering the component when it changes. */
export function useCell<T>(cell: ReadonlyCell<T>): T {
  return useSyncExternalStore(cell.subscribe, cell.get)
}
