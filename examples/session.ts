import { open, record, session } from 'holdfast'
import { z } from 'zod'

const login = session({
  key: 'session:{userId}',
  about: 'Who is signed in, from which device.',
  value: z.object({ device: z.string(), admin: z.boolean() }),
  idle: '30m',
  absolute: '12h',
})

const state = await open({ login })
const ann = { userId: 'ann' }
const phone = await state.login.create(ann, { device: 'phone', admin: false })
const laptop = await state.login.create(ann, { device: 'laptop', admin: false })
console.log(phone.id.length) // 65

const found = await state.login.get(phone.id)
console.log(found?.user?.userId, found?.value.device) // ann phone

const admin = await state.login.rotate(laptop.id, { value: { device: 'laptop', admin: true } })
console.log((await state.login.get(laptop.id)) === null) // true

const listed = await state.login.list(ann)
console.log(listed.length) // 2

const ended = await state.login.revokeAll(ann, { except: admin?.id ?? '' })
console.log(ended, (await state.login.get(phone.id)) === null) // 1 true
await state.close()

const conversation = record({
  key: 'conversation:{chatId}',
  about: 'Where a chat with the bot stands. Forgotten an hour after its last step.',
  value: z.object({ step: z.enum(['idle', 'amount', 'confirm']), amount: z.string() }),
  defaults: { step: 'idle', amount: '' },
  ttl: '1h',
})

const bot = await open({ conversation })
const chat = { chatId: '4711' }
await bot.conversation.update(chat, { step: 'confirm', amount: '25' })
const { step, amount } = await bot.conversation.get(chat)
console.log(step, amount) // confirm 25
await bot.conversation.reset(chat)
console.log((await bot.conversation.get(chat)).step) // idle
await bot.close()
