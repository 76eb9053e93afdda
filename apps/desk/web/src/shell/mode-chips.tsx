import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { Status } from '../api/shapes.ts'
import { useDesk } from '../desk-context.ts'

interface Chip {
  readonly name: string
  readonly value: string
  readonly about: string
}

/** What is real and what is simulated, always in sight: nobody should wonder whether orders are paper. */
export function ModeChips(): ReactElement {
  const status = useQuery(useDesk().queries.status)
  const chips = status.data ? chipsOf(status.data) : []
  return (
    <ul className="chips" aria-label="What this desk runs on">
      {chips.map(({ name, value, about }) => (
        <li key={name} className="chip" title={about}>
          <span className="chip-name">{name}</span> {value}
        </li>
      ))}
    </ul>
  )
}

function chipsOf({ mode }: Status): readonly Chip[] {
  return [
    { name: 'Orders', value: mode.execution, about: 'Orders are executed on paper: no venue sees them.' },
    mode.priceSource === 'replay'
      ? { name: 'Prices', value: 'replay', about: 'Prices are replayed from a recorded market.' }
      : { name: 'Prices', value: 'simulator', about: 'Prices are invented by a seeded simulator.' },
    mode.store === 'redis'
      ? { name: 'Store', value: 'Redis', about: 'Shared state is in Redis.' }
      : { name: 'Store', value: 'memory', about: 'Shared state is in the memory of this one process.' },
    mode.database === 'embedded'
      ? { name: 'DB', value: 'embedded', about: 'PostgreSQL was started by the desk itself.' }
      : { name: 'DB', value: 'external', about: 'PostgreSQL is the server that DATABASE_URL names.' },
  ]
}
