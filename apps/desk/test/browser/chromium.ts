import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { useScratch } from '../../../../test/embedded/scratch.ts'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  process.env.CHROMIUM_PATH,
]

/** The Chromium of this machine. Nothing is installed for a test: without one, browser tests are skipped. */
export const chromiumPath = PLACES.find((path): path is string => path !== undefined && existsSync(path))

/** Why browser tests may be skipped, for the name of the test. */
export const needsChromium = chromiumPath
  ? ''
  : ' (skipped: no Chromium here; install one, or set CHROMIUM_PATH)'

const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
]

/** Builds the dashboard into `dist/web`, as `npm start` does. */
export async function buildDashboard(): Promise<void> {
  await build({ root: fileURLToPath(new URL('../../web', import.meta.url)), logLevel: 'error' })
}

/** A page, and all that went wrong on it: errors of its scripts, and what it wrote to the console as an error. */
export interface OpenPage {
  readonly page: Page
  readonly errors: string[]
}

/** Opens pages of a browser of its own; it goes after each test. */
export function useBrowser(): (options: {
  width: number
  height: number
  colorScheme?: 'light' | 'dark'
}) => Promise<OpenPage> {
  const { cleanUp } = useScratch()
  return async ({ width, height, colorScheme = 'light' }) => {
    const browser = await chromium.launch({
      executablePath: chromiumPath as string,
      args: ['--no-sandbox', ...QUIET],
    })
    cleanUp(() => browser.close())
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce',
    })
    // Below the limit of a test, so that a wait which fails says what it waited for.
    context.setDefaultTimeout(10_000)
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    return { page, errors }
  }
}
