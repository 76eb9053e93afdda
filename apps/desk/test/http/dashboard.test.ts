import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestDesk, type TestDesk, useDatabase } from '../test-desk.ts'
import { refusal } from './problem.ts'

const database = useDatabase()

describe('a built dashboard', () => {
  let folder: string
  let desk: TestDesk
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-web-'))
    await mkdir(join(folder, 'web', 'assets'), { recursive: true })
    await writeFile(join(folder, 'web', 'index.html'), '<!doctype html><title>desk</title>')
    await writeFile(join(folder, 'web', 'assets', 'index-abc123.js'), 'export {}')
    await writeFile(join(folder, 'secret.txt'), 'secret words')
    desk = await openTestDesk({ database: database.open, dashboard: join(folder, 'web') })
  })
  afterAll(async () => {
    await desk.close()
    await rm(folder, { recursive: true })
  })

  test.each(['/', '/index.html'])(
    '%s is the page, under a policy that lets nothing in from elsewhere',
    async (url) => {
      const { statusCode, headers, body } = await desk.app.inject({ url })
      expect([statusCode, body]).toEqual([200, '<!doctype html><title>desk</title>'])
      expect(headers).toMatchObject({
        'content-type': expect.stringContaining('text/html'),
        'content-security-policy': expect.stringMatching(/default-src 'self'.*frame-ancestors 'none'/),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      })
    },
  )

  test('what has a hash in its name is kept for ever', async () => {
    const { headers } = await desk.app.inject({ url: '/assets/index-abc123.js' })
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('javascript'),
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/..%5csecret.txt'])(
    'nothing outside of it is served: %s',
    async (url) => {
      const { statusCode, body } = await desk.app.inject({ url })
      expect(statusCode).toBeGreaterThanOrEqual(400)
      expect(body).not.toContain('secret words')
    },
  )

  test('a file that is missing is a problem like any other', async () => {
    expect(refusal(await desk.app.inject({ url: '/assets/missing.js' }))).toBe('404 NOT_FOUND')
  })

  test('the API is still there', async () => {
    expect((await desk.app.inject({ url: '/api/v1/assets' })).statusCode).toBe(200)
  })
})

test('without a built dashboard the desk says how to get one', async () => {
  const desk = await openTestDesk({ database: database.open, dashboard: '/nowhere' })
  const { statusCode, headers, body } = await desk.app.inject({ url: '/' })
  await desk.close()
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
  expect(body).toContain('npm run build')
})
