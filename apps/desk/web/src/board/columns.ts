import type { SortColumn } from './arrange.ts'

/** A column of the board; `column` is null where there is no order to sort by. */
export interface BoardColumn {
  readonly column: SortColumn | null
  readonly name: string
  readonly cell: string
}

/** The columns, left to right. */
export const COLUMNS: readonly BoardColumn[] = [
  { column: 'symbol', name: 'Asset', cell: 'asset' },
  { column: 'chain', name: 'Chain', cell: 'chain' },
  { column: 'price', name: 'Price', cell: 'price' },
  { column: 'change', name: '24 h', cell: 'change' },
  { column: null, name: 'Last hour', cell: 'hour' },
  { column: 'age', name: 'Age', cell: 'age' },
  { column: 'tier', name: 'Tier', cell: 'tier' },
]
