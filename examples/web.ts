import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import express from 'express'
import expressSession from 'express-session'
import fastify from 'fastify'
import { limiter, open, session } from 'holdfast'
import { rateLimit, sessionStore as expressSessionStore } from 'holdfast/express'
import { sessionStore } from 'holdfast/fastify'
import { z } from 'zod'

declare module 'express-session' {
  interface SessionData {
    userId?: string
  }
}
declare module 'fastify' {
  interface Session {
    userId?: string
  }
}

const web = session({
  key: 'session:{userId}',
  about: 'Sessions of the web application.',
  value: z.looseObject({ userId: z.string().optional() }),
  idle: '30m',
  absolute: '12h',
})
const requests = limiter({
  key: 'rate:{from}',
  about: 'Requests of one address.',
  rate: '100/60s',
  onStoreDown: 'allow',
})
const state = await open({ web, requests })
const user = ({ userId }: { userId?: string | undefined }) => (userId === undefined ? null : { userId })

const app = express()
app.use(
  expressSession({
    store: expressSessionStore(expressSession.Store, state.web, { user }),
    secret: 'of this example',
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax' },
  }),
)
app.use(rateLimit(state.requests, { id: ({ ip }: { ip?: string | undefined }) => ({ from: ip ?? '?' }) }))
app.post('/login/:userId', (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error)
    request.session.userId = request.params.userId
    response.json({})
  })
})

const other = fastify()
await other.register(fastifyCookie)
await other.register(fastifySession, {
  store: sessionStore(state.web, { user }),
  secret: 'a secret of this example, which is long enough',
  saveUninitialized: false,
  cookie: { secure: false, sameSite: 'lax' },
})
other.get('/me', async (request) => ({ userId: request.session.userId ?? null }))
other.post<{ Params: { userId: string } }>('/login/:userId', async (request) => {
  await request.session.regenerate()
  request.session.userId = request.params.userId
  return {}
})

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
await fetch(`http://127.0.0.1:${port}/login/ann`, { method: 'POST' })
const signedIn = await other.inject({ method: 'POST', url: '/login/ann' })
console.log((await state.web.list({ userId: 'ann' })).length) // 2

const cookies = Object.fromEntries(signedIn.cookies.map(({ name, value }) => [name, value]))
const before = await other.inject({ url: '/me', cookies })
console.log(before.body) // {"userId":"ann"}

console.log(await state.web.revokeAll({ userId: 'ann' })) // 2
const after = await other.inject({ url: '/me', cookies })
console.log(after.body) // {"userId":null}

server.closeAllConnections()
server.close()
await other.close()
await state.close()
