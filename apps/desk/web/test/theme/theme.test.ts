import { describe, expect, test } from 'vitest'
import { createThemeSwitch, type ThemeSwitch } from '../../src/theme/theme.ts'
import { memoryStorage } from '../memory-storage.ts'

class FakeMediaQuery extends EventTarget {
  matches: boolean

  constructor(matches: boolean) {
    super()
    this.matches = matches
  }

  change(matches: boolean): void {
    this.matches = matches
    this.dispatchEvent(new Event('change'))
  }
}

function page(
  prefersDark: FakeMediaQuery,
  storage = memoryStorage(),
): { root: HTMLElement; theme: ThemeSwitch } {
  const root = { dataset: {} } as HTMLElement
  const theme = createThemeSwitch({ storage, prefersDark: prefersDark as unknown as MediaQueryList, root })
  return { root, theme }
}

describe('the theme', () => {
  test('follows the system until somebody chooses', () => {
    const system = new FakeMediaQuery(true)
    const { root, theme } = page(system)
    expect(root.dataset['theme']).toBe('dark')
    system.change(false)
    expect(root.dataset['theme']).toBe('light')
    theme.toggle()
    system.change(false)
    expect([theme.theme.get(), root.dataset['theme']]).toEqual(['dark', 'dark'])
  })

  test('is remembered once chosen', () => {
    const storage = memoryStorage()
    page(new FakeMediaQuery(true), storage).theme.toggle()
    expect(page(new FakeMediaQuery(true), storage).root.dataset['theme']).toBe('light')
  })

  test('can be switched where storage is blocked', () => {
    const { root, theme } = page(new FakeMediaQuery(false), memoryStorage({ blocked: true }))
    theme.toggle()
    expect(root.dataset['theme']).toBe('dark')
  })
})
