import type { ReactElement } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { MoonIcon, SunIcon } from '../icons.tsx'

/** Switches between light and dark; the choice is remembered. */
export function ThemeToggle(): ReactElement {
  const { theme, toggle } = useDesk().theme
  const dark = useCell(theme) === 'dark'
  const label = dark ? 'Switch to the light theme' : 'Switch to the dark theme'
  return (
    <button type="button" className="icon-button" onClick={toggle} aria-label={label} title={label}>
      {dark ? <SunIcon /> : <MoonIcon />}
    </button>
  )
}
