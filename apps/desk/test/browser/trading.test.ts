import { beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { get, sign, type StartedDesk, useDesks } from '../ops/start-desk.ts'
import { buildDashboard, chromiumPath, needsChromium, type OpenPage, useBrowser } from './chromium.ts'

// Trading as a person does it: with the keyboard, in a real browser, on a real desk.

const BONK = { chain: 'solana', asset: 'DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263' }
const MOST_TABS = 60
/** Each test starts a desk, a Redis and a browser: on a busy machine that takes its time. */
const SLOWEST_MS = 60_000

interface Position {
  readonly id: string
  readonly symbol: string
  readonly amount: string
  readonly price: string
  readonly value: string
  readonly unrealised: string
  readonly realised: string
}

interface Transaction {
  readonly id: string
  readonly type: string
  readonly status: string
}

describe.skipIf(!chromiumPath)(`trading in the dashboard${needsChromium}`, { timeout: SLOWEST_MS }, () => {
  const desks = useDesks()
  const open = useBrowser()
  beforeAll(buildDashboard, 60_000)

  async function started(): Promise<Person> {
    const desk = await desks.start({
      DATABASE_URL: await desks.database(),
      REDIS_URL: (await desks.redis()).url,
    })
    const { token } = await sign(desk, 'login', desk.demo)
    const { agents } = await get<{ agents: { id: string; name: string }[] }>(desk, '/api/v1/agents', token)
    const agent = agents.find(({ name }) => name === 'Momentum')
    if (!agent) throw new Error('the demo has an agent named Momentum')
    return { desk, token, agentId: agent.id }
  }

  async function signedIn({ desk }: Person, size = { width: 1_440, height: 900 }): Promise<OpenPage> {
    const opened = await open(size)
    await opened.page.goto(desk.url)
    await eventually(async () => (await opened.page.getByTestId('password').inputValue()) !== '')
    await opened.page.getByTestId('password').press('Enter')
    await opened.page.getByTestId('connection').getByText(/live/i).waitFor()
    return opened
  }

  test('somebody deposits, buys and sells with the keyboard alone, and reads the API’s own numbers', async () => {
    const person = await started()
    const opened = await signedIn(person)
    const { page } = opened

    await visit(opened, person, `#/agents/${person.agentId}`)
    await page.getByTestId('portfolio').waitFor()
    const deposits = await value(opened, 'portfolio-deposits')
    await tabTo(opened, 'deposit')
    await page.keyboard.press('Enter')
    await page.keyboard.type('1000')
    await page.keyboard.press('Enter')
    await page.getByTestId('ticket-done').waitFor()
    await page.keyboard.press('Enter')
    await eventually(async () => (await value(opened, 'portfolio-deposits')) !== deposits)
    await agrees(opened, person)

    await visit(opened, person, '#/')
    await page.getByTestId('price-row-BONK').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('BONK')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByTestId('chart').waitFor()
    await page.keyboard.press('b')
    await page.getByTestId('ticket-amount').waitFor()
    await page.keyboard.type('100')
    await previewed(opened)
    expect(await value(opened, 'preview-total')).toBe('100')
    await page.keyboard.press('Enter')
    await page.getByTestId('ticket-outcome').waitFor()
    const bought = (await holdings(person)).positions.find(({ symbol }) => symbol === 'BONK')
    expect(await value(opened, 'outcome-base')).toBe(bought?.amount)
    await page.keyboard.press('Enter')
    await page.getByTestId('asset-positions').waitFor()

    await visit(opened, person, `#/agents/${person.agentId}`)
    await page.getByTestId('position-BONK').waitFor()
    await agrees(opened, person)

    await tabTo(opened, 'position-BONK')
    await page.keyboard.press('s')
    await previewed(opened)
    await page.keyboard.press('Enter')
    await page.getByTestId('ticket-outcome').waitFor()
    await page.keyboard.press('Enter')
    await page.getByTestId('position-BONK').waitFor({ state: 'detached' })
    await agrees(opened, person)

    await tabTo(opened, 'positions')
    await page.keyboard.press('ArrowRight')
    await page.getByTestId('closed-BONK').waitFor()
    const { positions } = await get<{ positions: Position[] }>(
      person.desk,
      `/api/v1/agents/${person.agentId}/positions?status=closed`,
      person.token,
    )
    expect(await value(opened, 'closed-BONK-profit')).toBe(positions[0]?.realised)
    expect(opened.errors).toEqual([])
  })

  test('a trade that was made elsewhere appears by itself', async () => {
    const person = await started()
    await deposit(person, '500')
    const opened = await signedIn(person)
    await visit(opened, person, `#/agents/${person.agentId}`)
    await opened.page.getByTestId('transactions').locator('tbody tr').first().waitFor()
    const answer = await buy(person, '50')
    const { transaction } = (await answer.json()) as { transaction: { id: string } }
    await opened.page.getByTestId(`transaction-${transaction.id}`).getByText('Confirmed').waitFor()
    await opened.page.getByTestId('position-BONK').waitFor()
    await agrees(opened, person)
    expect(opened.errors).toEqual([])
  })

  test('an order that failed says why, and an agent that is paused elsewhere is shown so', async () => {
    const person = await started()
    await deposit(person, '500')
    const opened = await signedIn(person)
    await visit(opened, person, `#/agents/${person.agentId}`)
    const { page } = opened
    await page.getByTestId('transactions').locator('tbody tr').first().waitFor()
    const { agentId } = person
    const order = { agentId, side: 'buy', ...BONK, amount: '50', maxSlippageBps: 0 }
    expect((await post(person, '/api/v1/trades', order)).status).toBe(201)
    const failed = page.locator('[data-status="FAILED"]').first()
    await failed.getByText(/basis points worse than .*, allowed are 0\.$/).waitFor()
    await page.locator('.status[data-status="active"]').waitFor()
    const paused = await fetch(`${person.desk.url}/api/v1/agents/${agentId}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'paused' }),
    })
    expect(paused.status).toBe(200)
    await page.locator('.status[data-status="paused"]').waitFor()
    expect(opened.errors).toEqual([])
  })

  test('Enter twice, and again after the answer was lost, is one trade', async () => {
    const person = await started()
    await deposit(person, '500')
    const opened = await signedIn(person)
    const { page } = opened
    const keys: (string | undefined)[] = []
    await page.route('**/api/v1/trades', async (route) => {
      keys.push(route.request().headers()['idempotency-key'])
      const answer = await route.fetch()
      await (keys.length === 1 ? route.abort() : route.fulfill({ response: answer }))
    })
    await visit(opened, person, `#/asset/${BONK.chain}/${BONK.asset}`)
    await page.getByTestId('chart').waitFor()
    await page.keyboard.press('b')
    await page.getByTestId('ticket-amount').waitFor()
    await page.keyboard.type('60')
    await previewed(opened)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.getByTestId('ticket-unsettled').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('unsettled-strip').waitFor()
    await page.reload()
    await page.getByTestId('unsettled-strip').getByRole('button').press('Enter')
    await page.getByTestId('ticket-ask-again').press('Enter')
    await page.getByTestId('ticket-outcome').waitFor()
    expect(await page.getByTestId('ticket-outcome').getAttribute('data-replayed')).toBe('true')
    expect(await page.getByRole('heading', { name: 'Already done' }).isVisible()).toBe(true)
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
    expect((await transactions(person)).filter(({ type }) => type === 'BUY')).toHaveLength(1)
  })

  test('what the desk refuses is said beside the field: in a ticket, and in the settings', async () => {
    const person = await started()
    await deposit(person, '5000')
    const opened = await signedIn(person)
    const { page } = opened
    await visit(opened, person, `#/asset/${BONK.chain}/${BONK.asset}`)
    await page.getByTestId('chart').waitFor()
    await page.keyboard.press('b')
    await page.getByTestId('ticket-amount').waitFor()
    await page.keyboard.type('100.1234567')
    await page.getByTestId('ticket').getByRole('alert').first().waitFor()
    await page.keyboard.press('Escape')

    await visit(opened, person, `#/agents/${person.agentId}/settings`)
    await page.getByTestId('setting-stopLoss.initialPercent').fill('5')
    await page.keyboard.press('Enter')
    await page.getByTestId('settings').getByRole('alert').first().waitFor()
    expect(await page.getByTestId('setting-stopLoss.initialPercent').getAttribute('aria-invalid')).toBe(
      'true',
    )
    await page.getByTestId('setting-stopLoss.initialPercent').fill('-15')
    await page.keyboard.press('Enter')
    await page.getByText('Nothing is changed.').waitFor()
    const config = await get<{ stopLoss: { initialPercent: string } }>(
      person.desk,
      `/api/v1/agents/${person.agentId}/config`,
      person.token,
    )
    expect(config.stopLoss.initialPercent).toBe('-15')
  })

  test('on a phone, in the dark, nothing of it is cut off', async () => {
    const person = await started()
    await deposit(person, '500')
    await buy(person, '50')
    const opened = await signedIn(person, { width: 390, height: 844 })
    const { page } = opened
    await page.emulateMedia({ colorScheme: 'dark' })
    const cutOff: string[] = []
    const look = async (what: string): Promise<void> => {
      const [scroll, width] = await page.evaluate<[number, number]>(
        'const { scrollWidth, clientWidth } = document.documentElement; [scrollWidth, clientWidth]',
      )
      if (scroll > width) cutOff.push(what)
    }
    await visit(opened, person, `#/agents/${person.agentId}`)
    await page.getByTestId('position-BONK').waitFor()
    await look('agent')
    await page.getByTestId('sell-BONK').click()
    await previewed(opened)
    await look('ticket')
    await page.keyboard.press('Escape')
    await visit(opened, person, `#/agents/${person.agentId}/settings`)
    await page.getByTestId('settings').waitFor()
    await look('settings')
    expect(cutOff).toEqual([])
    expect(opened.errors).toEqual([])
  })
})

/** The demo's user with one of its agents. */
interface Person {
  readonly desk: StartedDesk
  readonly token: string
  readonly agentId: string
}

async function visit({ page }: OpenPage, { desk }: Person, hash: string): Promise<void> {
  await page.goto(`${desk.url}/${hash}`)
}

/** Goes on with Tab until what has the focus is, or is in, the element of this test id. */
async function tabTo({ page }: OpenPage, testId: string): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate<boolean>(
      `document.activeElement?.closest('[data-testid="${testId}"]') !== null`,
    )
    if (found) return
  }
  throw new Error(`${MOST_TABS} times Tab did not lead to ${testId}`)
}

/** The exact amount behind what is shown. */
function value({ page }: OpenPage, testId: string): Promise<string | null> {
  return page.getByTestId(testId).getAttribute('value')
}

/** What the order would do is known: it may be sent. */
async function previewed({ page }: OpenPage): Promise<void> {
  await page.getByTestId('preview-total').waitFor()
  await eventually(() => page.getByTestId('ticket-confirm').isEnabled())
}

interface Holdings {
  readonly portfolio: Readonly<Record<'cash' | 'deposits' | 'realised' | 'value' | 'profit', string>>
  readonly positions: readonly Position[]
}

async function holdings({ desk, token, agentId }: Person): Promise<Holdings> {
  const path = `/api/v1/agents/${agentId}`
  const [portfolio, { positions }] = await Promise.all([
    get<Holdings['portfolio']>(desk, `${path}/portfolio`, token),
    get<{ positions: Position[] }>(desk, `${path}/positions?status=open`, token),
  ])
  return { portfolio, positions }
}

/** The page shows what the API says, read between two answers of the API that are the same. */
async function agrees(opened: OpenPage, person: Person): Promise<void> {
  await eventually(async () => {
    const before = await holdings(person)
    const shown = {
      portfolio: Object.fromEntries(
        await Promise.all(
          (['cash', 'deposits', 'realised', 'value', 'profit'] as const).map(
            async (name) => [name, await value(opened, `portfolio-${name}`)] as const,
          ),
        ),
      ),
      positions: await Promise.all(
        before.positions.map(async ({ symbol }) => ({
          amount: await value(opened, `position-${symbol}-amount`),
          value: await value(opened, `position-${symbol}-value`),
          unrealised: await value(opened, `position-${symbol}-profit`),
        })),
      ),
    }
    const after = await holdings(person)
    return JSON.stringify(said(before)) === JSON.stringify(said(after)) && same(shown, said(after))
  }, 8_000)
}

function said({ portfolio, positions }: Holdings) {
  const { cash, deposits, realised, value: worth, profit } = portfolio
  return {
    portfolio: { cash, deposits, realised, value: worth, profit },
    positions: positions.map(({ amount, value: one, unrealised }) => ({ amount, value: one, unrealised })),
  }
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

async function transactions({ desk, token, agentId }: Person): Promise<readonly Transaction[]> {
  const path = `/api/v1/agents/${agentId}/transactions?limit=50`
  return (await get<{ transactions: Transaction[] }>(desk, path, token)).transactions
}

function deposit(person: Person, amount: string): Promise<Response> {
  return post(person, `/api/v1/agents/${person.agentId}/deposits`, { chain: BONK.chain, amount })
}

function buy(person: Person, amount: string): Promise<Response> {
  return post(person, '/api/v1/trades', { agentId: person.agentId, side: 'buy', ...BONK, amount })
}

let keys = 0

/** Sends what moves money. @throws when it is refused: the test would go on without it. */
async function post({ desk, token }: Person, path: string, body: object): Promise<Response> {
  const response = await fetch(desk.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': `browser-test-${process.pid}-${(keys += 1)}`,
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}
