import { useEffect, useRef, type KeyboardEvent, type ReactElement } from 'react'
import { SearchIcon } from '../icons.tsx'
import { isTyping } from '../shell/typing.ts'
import type { BoardFilter, Sort, SortColumn } from './arrange.ts'
import { COLUMNS } from './columns.ts'

/** Filter, chain and, where there is no room for column heads, order. */
export function Toolbar({
  filter,
  chains,
  sort,
  onFilter,
  onSort,
  onEnter,
}: {
  filter: BoardFilter
  chains: readonly string[]
  sort: Sort
  onFilter: (filter: BoardFilter) => void
  onSort: (sort: Sort) => void
  /** Leaves the filter for the rows; `open` also opens the first one. */
  onEnter: (open: boolean) => void
}): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onSlash = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== '/' || isTyping(event)) return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', onSlash)
    return () => document.removeEventListener('keydown', onSlash)
  }, [])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      // An open asset stays open: this Escape was for the filter.
      event.stopPropagation()
      if (filter.text) onFilter({ ...filter, text: '' })
      else input.current?.blur()
    }
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      onEnter(event.key === 'Enter')
    }
  }

  return (
    <div className="toolbar">
      <div className="filter">
        <SearchIcon />
        <input
          ref={input}
          type="search"
          value={filter.text}
          placeholder="Filter assets"
          aria-label="Filter assets by symbol, name or address"
          aria-keyshortcuts="/"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onFilter({ ...filter, text: event.target.value })}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      {chains.length > 1 && (
        <fieldset className="segments">
          <legend className="visually-hidden">Chain</legend>
          {['', ...chains].map((chain) => (
            <label key={chain}>
              <input
                type="radio"
                name="chain"
                checked={filter.chain === chain}
                onChange={() => onFilter({ ...filter, chain })}
              />
              <span>{chain || 'all'}</span>
            </label>
          ))}
        </fieldset>
      )}
      <label className="order">
        <span className="visually-hidden">Order</span>
        <select value={sortValue(sort)} onChange={(event) => onSort(parseSort(event.target.value))}>
          <option value="">Desk order</option>
          {COLUMNS.flatMap(({ column, name }) =>
            column === null
              ? []
              : [
                  <option key={`${column} ascending`} value={`${column} ascending`}>
                    {name} ↑
                  </option>,
                  <option key={`${column} descending`} value={`${column} descending`}>
                    {name} ↓
                  </option>,
                ],
          )}
        </select>
      </label>
    </div>
  )
}

function sortValue(sort: Sort): string {
  return sort ? `${sort.column} ${sort.direction}` : ''
}

function parseSort(value: string): Sort {
  const [column, direction] = value.split(' ')
  if (!column) return null
  return { column: column as SortColumn, direction: direction === 'descending' ? 'descending' : 'ascending' }
}
