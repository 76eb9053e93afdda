import { open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { notifications } from '../../src/keyspaces/events.ts'
import type { PriceView } from '../../src/market/price-view.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inventDump, textOf, tradesIn } from '../ops/recorded-trades.ts'
import { get, sign, useDesks } from '../ops/start-desk.ts'
import { buildDashboard, chromiumPath, needsChromium, type OpenPage, useBrowser } from './chromium.ts'

// The dashboard as a person uses it: a real browser, a real desk, real servers.

describe.skipIf(!chromiumPath)(`the dashboard${needsChromium}`, () => {
  const desks = useDesks()
  const openPage = useBrowser()
  beforeAll(buildDashboard, 60_000)

  async function signedIn(url: string, size = { width: 1_440, height: 900 }): Promise<OpenPage> {
    const opened = await openPage(size)
    await opened.page.goto(url)
    // Filled in with the demo login, once the page knows it.
    await eventually(async () => (await opened.page.getByTestId('password').inputValue()) !== '')
    await opened.page.getByTestId('password').press('Enter')
    await opened.page.getByTestId('connection').getByText(/live/i).waitFor()
    return opened
  }

  /** What a price on the page says, digit by digit. */
  async function shown({ page }: OpenPage, symbol: string): Promise<string | null> {
    return page.getByTestId(`price-${symbol}`).first().getAttribute('value')
  }

  test('a stranger signs in with the demo login and watches prices that are the API’s', async () => {
    const redis = await desks.redis()
    const desk = await desks.start({ REDIS_URL: redis.url, DATABASE_URL: await desks.database() })
    const opened = await signedIn(desk.url)
    await eventually(async () => (await opened.page.getByTestId(/^price-row-/).count()) === 24)

    // At one moment: read the page between two answers of the API that agree.
    await eventually(async () => {
      const before = await get<PriceView>(
        desk,
        '/api/v1/prices/solana/So11111111111111111111111111111111111111112',
      )
      const onPage = await shown(opened, 'SOL')
      const after = await get<PriceView>(
        desk,
        '/api/v1/prices/solana/So11111111111111111111111111111111111111112',
      )
      return before.seq === after.seq && onPage === before.price
    })
    const first = await shown(opened, 'SOL')
    await eventually(async () => (await shown(opened, 'SOL')) !== first)
    expect(opened.errors).toEqual([])
  })

  test('whoever is signed in twice sees it, and signs the other out', async () => {
    const desk = await desks.start({
      DATABASE_URL: await desks.database(),
      REDIS_URL: (await desks.redis()).url,
    })
    const [here, there] = [await signedIn(desk.url), await signedIn(desk.url)]
    await here.page.getByRole('button', { name: /Account of/ }).click()
    await here.page.getByRole('button', { name: 'Signed in elsewhere' }).click()
    const rows = here.page.getByTestId('sessions').getByRole('listitem')
    await eventually(async () => (await rows.count()) === 2)
    await here.page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await eventually(async () => (await rows.count()) === 1)
    await there.page.getByTestId('sign-in').waitFor()
    await here.page.getByRole('button', { name: 'Close' }).click()
    expect(here.errors).toEqual([])
    // Signing out here ends the session, and not only on this page.
    const token = await here.page.evaluate<string>(
      "JSON.parse(sessionStorage.getItem('holdfast.session')).token",
    )
    await here.page.getByRole('button', { name: /Account of/ }).click()
    await here.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await here.page.getByTestId('sign-in').waitFor()
    await eventually(async () => (await get(desk, '/api/v1/auth/me', token))['code'] === 'SESSION_ENDED')
  })

  test('everything can be reached with the keyboard: board, asset, agents, state', async () => {
    const desk = await desks.start({
      DATABASE_URL: await desks.database(),
      REDIS_URL: (await desks.redis()).url,
    })
    const opened = await signedIn(desk.url)
    const { page } = opened
    await page.getByTestId('price-row-SOL').waitFor()
    // The board has the focus from the beginning, wherever signing in has left it.
    const focused = () => page.evaluate<string>('document.activeElement.id')
    await eventually(async () => (await focused()).startsWith('row-'))
    const first = await focused()
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toMatch(/^row-/)
    expect(await focused()).not.toBe(first)
    await page.keyboard.press('/')
    await page.keyboard.type('BONK')
    await eventually(async () => (await page.getByTestId(/^price-row-/).count()) === 1)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/asset\/solana\/DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263/)
    await page.getByTestId('chart').waitFor()
    await page.goto(`${desk.url}/#/agents`)
    await page.getByRole('heading', { name: 'Momentum' }).waitFor()
    await page.getByRole('heading', { name: 'Patience' }).waitFor()
    await page.goto(`${desk.url}/#/state`)
    await page.getByTestId('state-panel').waitFor()
    for (const name of ['price', 'ohlcv', 'agent', 'assets'])
      await page.getByTestId(`keyspace-${name}`).waitFor()
    expect(opened.errors).toEqual([])
  })

  test('what a rule has sold is said on every screen, what somebody ordered is not', async () => {
    const redis = await desks.redis()
    const desk = await desks.start({ REDIS_URL: redis.url, DATABASE_URL: await desks.database() })
    const { page, errors } = await signedIn(desk.url)
    const { token } = await sign(desk, 'login', desk.demo)
    const { user } = await get<{ user: { id: string } }>(desk, '/api/v1/auth/me', token)
    const state = await open({ notifications }, { store: redisStore({ url: redis.url, namespace: 'desk' }) })
    desks.cleanUp(() => state.close())
    const tell = (kind: 'exit' | 'fill', text: string) =>
      state.notifications.publish(
        { userId: user.id },
        { kind, agentId: 'a', intentId: text, status: 'CONFIRMED', text },
      )
    const frames: string[] = []
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => void frames.push(String(payload))),
    )
    await page.goto(`${desk.url}/#/state`)
    await page.reload()
    await eventually(() => frames.some((frame) => /"begun".*"notifications"/.test(frame)))
    await page.evaluate(`
      const said = (globalThis.said = []), place = document.querySelector('output.announcement')
      new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true, subtree: true })`)
    await tell('fill', 'Bought 1 SOL for 150 USDC.')
    await eventually(() => frames.some((frame) => frame.includes('Bought 1 SOL')))
    await tell('exit', 'Sold 1 SOL for 160 USDC.')
    const said = () => page.evaluate<string[]>('said')
    await eventually(async () => (await said()).length > 0)
    expect(await said()).toEqual(['Sold 1 SOL for 160 USDC.'])
    expect(errors).toEqual([])
  })

  test('on a phone nothing is cut off, in the dark too', async () => {
    const desk = await desks.start({
      DATABASE_URL: await desks.database(),
      REDIS_URL: (await desks.redis()).url,
    })
    const { page, errors } = await signedIn(desk.url, { width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    const cutOff: string[] = []
    for (const route of [
      '',
      '#/agents',
      '#/state',
      '#/asset/solana/So11111111111111111111111111111111111111112',
    ]) {
      await page.goto(`${desk.url}/${route}`)
      await page.getByTestId('connection').waitFor()
      const [scroll, width] = await page.evaluate<[number, number]>(
        'const { scrollWidth, clientWidth } = document.documentElement; [scrollWidth, clientWidth]',
      )
      if (scroll > width) cutOff.push(route)
    }
    expect(cutOff).toEqual([])
    expect(errors).toEqual([])
  })

  test('during a replay the page shows the prices of the file', async () => {
    // Twenty seconds of it: the page may be late on a busy machine.
    const csv = inventDump(600, 240_000)
    const file = join(await desks.folder(), 'XRPETH.csv')
    await writeFile(file, csv)
    const trades = tradesIn(csv)
    const desk = await desks.start(
      { DATABASE_URL: await desks.database(), REDIS_URL: (await desks.redis()).url },
      { file, symbol: 'XRPETH', speed: '12' },
    )
    const opened = await signedIn(desk.url)
    await opened.page.getByTestId('replay-progress').waitFor()
    const prices = new Set(trades.map(({ price }) => textOf(price)))
    const seen = new Set<string>()
    await eventually(async () => {
      const price = await shown(opened, 'XRP')
      if (price !== null) seen.add(price)
      return seen.size >= 5
    }, 10_000)
    expect([...seen].filter((price) => !prices.has(price))).toEqual([])
    await desk.feedEnded
    await eventually(async () => (await shown(opened, 'XRP')) === textOf(trades.at(-1)?.price ?? 0n))
    expect(opened.errors).toEqual([])
  }, 40_000)
})
