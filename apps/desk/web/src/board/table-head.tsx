import type { ReactElement } from 'react'
import { nextSort, type Sort } from './arrange.ts'
import { COLUMNS } from './columns.ts'

/** Column heads that sort. */
export function TableHead({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }): ReactElement {
  return (
    <thead>
      <tr className="row row-head">
        {COLUMNS.map(({ column, name, cell }) => {
          const direction = column !== null && sort?.column === column ? sort.direction : 'none'
          return (
            <th
              key={cell}
              className={`cell-${cell}`}
              scope="col"
              aria-sort={column === null ? undefined : direction}
            >
              {column === null ? (
                name
              ) : (
                <button type="button" className="sort" onClick={() => onSort(nextSort(sort, column))}>
                  {name}
                  <span className="sort-mark" aria-hidden="true">
                    {direction === 'ascending' ? '↑' : direction === 'descending' ? '↓' : ''}
                  </span>
                </button>
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
