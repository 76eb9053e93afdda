import { createCell, type ReadonlyCell } from '../cell.ts'

/** Also read by public/theme.js, before the first paint. */
const STORAGE_KEY = 'holdfast.theme'

/** What the page looks like. */
export type Theme = 'light' | 'dark'

/** The theme of this page: the system's, until somebody chooses one; the choice is remembered. */
export interface ThemeSwitch {
  readonly theme: ReadonlyCell<Theme>
  readonly toggle: () => void
}

/** Follows the system's preference, and writes the effective theme to the root element for CSS. */
export function createThemeSwitch(options: {
  storage: Storage
  prefersDark: MediaQueryList
  root: HTMLElement
}): ThemeSwitch {
  const { storage, prefersDark, root } = options
  let chosen = remembered(storage)
  const effective = (): Theme => chosen ?? (prefersDark.matches ? 'dark' : 'light')
  const theme = createCell<Theme>(effective())

  function apply(): void {
    root.dataset['theme'] = effective()
    theme.set(effective())
  }

  prefersDark.addEventListener('change', apply)
  apply()
  return {
    theme,
    toggle() {
      chosen = theme.get() === 'dark' ? 'light' : 'dark'
      remember(storage, chosen)
      apply()
    },
  }
}

function remembered(storage: Storage): Theme | null {
  try {
    const stored = storage.getItem(STORAGE_KEY)
    return stored === 'light' || stored === 'dark' ? stored : null
  } catch {
    return null
  }
}

function remember(storage: Storage, theme: Theme): void {
  try {
    storage.setItem(STORAGE_KEY, theme)
  } catch {
    // Storage may be blocked or full: the choice then lasts as long as the page.
  }
}
