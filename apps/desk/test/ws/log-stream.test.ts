import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ReadStream } from '../../../../test/web/read-stream.ts'
import { SERVICE } from '../../src/ops/shared-log.ts'
import { openTestDesk, useDatabase } from '../test-desk.ts'

const database = useDatabase()

test('lines come as they are written, to this machine alone, and go on after the last one', async () => {
  const desk = await openTestDesk({ database: database.open })
  onTestFinished(() => desk.close())
  await desk.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = desk.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/api/v1/logs/live`
  const write = (message: string) =>
    desk.state.deskLog.write(SERVICE, { module: 'test', level: 'info', message, fields: { n: 1 } })
  const messagesOf = async (stream: ReadStream) => {
    const { events } = await stream.until('events')
    return (events as { value: { message: string } }[]).map(({ value }) => value.message)
  }
  await expect(ReadStream.open(url, { host: 'desk.example.com' })).rejects.toThrow('answered with 404')

  const stream = await ReadStream.open(url, {})
  await stream.until('begun')
  write('one')
  expect(await messagesOf(stream)).toEqual(['one'])
  expect(stream.heard.at(-1)).toMatchObject({
    topic: 'log',
    events: [{ value: { module: 'test', level: 'info', message: 'one', fields: { n: 1 } } }],
  })
  stream.close()
  write('two')
  const again = await ReadStream.open(url, { 'last-event-id': stream.lastId })
  onTestFinished(() => again.close())
  expect(await messagesOf(again)).toEqual(['two'])
})
