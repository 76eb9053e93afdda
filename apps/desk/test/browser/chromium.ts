import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, defaultClientConditions } from 'vite'
import { afterAll } from 'vitest'
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

/** Builds the dashboard into `dist/web`, as `npm start` does, but with the library from its sources. */
export async function buildDashboard(): Promise<void> {
  const conditions = ['holdfast-source', ...defaultClientConditions]
  const root = fileURLToPath(new URL('../../web', import.meta.url))
  await build({ root, logLevel: 'error', resolve: { conditions } })
}

/** A page, and all that went wrong on it: errors of its scripts, and what it wrote to the console as an error. */
export interface OpenPage {
  readonly page: Page
  readonly errors: string[]
}

/** Opens pages, each with cookies and a memory of its own, which go after each test. The browser is one for the file. */
export function useBrowser(): (options: {
  width: number
  height: number
  colorScheme?: 'light' | 'dark'
}) => Promise<OpenPage> {
  const { cleanUp } = useScratch()
  let launched: Promise<Browser> | undefined
  afterAll(async () => (await launched)?.close())
  return async ({ width, height, colorScheme = 'light' }) => {
    launched ??= chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', ...QUIET] })
    const browser = await launched
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce',
    })
    cleanUp(() => context.close())
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
