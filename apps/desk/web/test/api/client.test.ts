import { describe, expect, test, vi } from 'vitest'
import { createApi } from '../../src/api/client.ts'
import { createRequest } from '../../src/api/request.ts'
import { ApiProblem } from '../../src/api/problem.ts'
import { fieldErrors } from '../../src/form/field-errors.ts'

function apiThat(
  respond: (url: string, init: RequestInit) => Response | Promise<Response>,
  token = 'secret',
) {
  const fetched = vi.fn<typeof fetch>((url, init) => Promise.resolve(respond(url as string, init ?? {})))
  return { api: createApi(createRequest({ fetch: fetched, token: () => token })), fetched }
}

async function problemOf(request: Promise<unknown>): Promise<ApiProblem> {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiProblem)) throw new Error(`not a problem: ${String(error)}`)
  return error
}

const json = (body: unknown, status = 200): Response => Response.json(body, { status })

describe('a request', () => {
  test('carries the token and names its range', async () => {
    const { api, fetched } = apiThat(() => json({ candles: [] }))
    await api.candles({ chain: 'sol/ana', asset: 'a b', interval: '5m', limit: 60 })
    const [url, init] = fetched.mock.calls[0] ?? []
    expect(url).toBe('/api/v1/candles/sol%2Fana/a%20b?interval=5m&limit=60')
    expect(new Headers(init?.headers).get('authorization')).toBe('Bearer secret')
  })

  test('without a session carries no token', async () => {
    const { api, fetched } = apiThat(() => json({}), '')
    await api.status()
    expect(new Headers(fetched.mock.calls[0]?.[1]?.headers).has('authorization')).toBe(false)
  })

  test('that was abandoned rejects as such, not as a failure of the desk', async () => {
    const { api } = apiThat((_, { signal }) => Promise.reject(signal?.reason))
    const controller = new AbortController()
    controller.abort()
    await expect(api.prices(controller.signal)).rejects.toThrow(DOMException)
  })
})

describe('a refusal', () => {
  test('brings the words of the desk, by field', async () => {
    const { api } = apiThat(() =>
      json(
        {
          title: 'The request is not valid',
          detail: 'See errors.',
          code: 'VALIDATION_FAILED',
          errors: [{ field: 'name', message: 'must have 2 to 64 characters' }, { odd: true }],
        },
        422,
      ),
    )
    const problem = await problemOf(api.createAgent({ name: 'x' }))
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', message: 'See errors.' })
    expect(fieldErrors(problem, ['name']).fields.get('name')).toBe('Must have 2 to 64 characters.')
    expect(fieldErrors(problem, ['name']).form).toBeNull()
  })

  test('that no field explains is told to the form', async () => {
    const { api } = apiThat(() => json({ title: 'No', detail: 'Too many agents.', code: 'LIMIT' }, 409))
    const problem = await problemOf(api.createAgent({ name: 'x' }))
    expect(fieldErrors(problem, ['name'])).toEqual({ fields: new Map(), form: 'Too many agents.' })
    expect(fieldErrors(null, ['name']).form).toBeNull()
  })

  test('without a readable body names its status', async () => {
    const { api } = apiThat(() => new Response('<html>', { status: 502 }))
    expect((await problemOf(api.agents())).message).toMatch(/502/)
  })
})

describe('a desk that cannot be reached', () => {
  test('is a problem in words', async () => {
    const { api } = apiThat(() => Promise.reject(new TypeError('Failed to fetch')))
    expect(await problemOf(api.prices())).toMatchObject({ status: 0, code: 'UNREACHABLE' })
  })

  test('or answers with something else than JSON, too', async () => {
    const { api } = apiThat(() => new Response('<html>hello'))
    expect(await problemOf(api.prices())).toMatchObject({ code: 'BAD_REPLY' })
  })
})
