import { EventEmitter } from 'node:events'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { Connection } from '../../src/ws/connection.ts'

/** A socket that only remembers what was done to it. */
function recordedSocket() {
  const closes: number[] = []
  const sent: unknown[] = []
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send: (text: string) => sent.push(JSON.parse(text)),
    close(code: number) {
      closes.push(code)
      socket.readyState = 2
    },
  })
  return { socket: socket as unknown as WebSocket, closes, sent }
}

test('a token that lives for months ends on its day: longer than any timer of the host can wait', async () => {
  const clock = virtualClock()
  const { socket, closes } = recordedSocket()
  const days = 60 * 86_400_000
  new Connection(socket, clock).admit('somebody', days)
  await clock.advance(days - 1)
  expect(closes).toEqual([])
  await clock.advance(1)
  expect([closes, clock.pending]).toEqual([[4401], 0])
})

test('nothing is sent, and nothing begun, after the end', async () => {
  const clock = virtualClock()
  const { socket, closes, sent } = recordedSocket()
  const connection = new Connection(socket, clock)
  let turns = 0
  const before = connection.inTurn(() => void turns++)
  await before
  const after = connection.inTurn(() => void turns++)
  connection.close({ code: 4401, reason: 'for a test' })
  await after
  connection.send({ type: 'ready' })
  expect(connection.accept()).toBe(false)
  expect({ turns, closes, sent, pending: clock.pending }).toEqual({
    turns: 1,
    closes: [4401],
    sent: [],
    pending: 0,
  })
})

test('a turn that fails is told to its caller, and the next one comes', async () => {
  const { socket } = recordedSocket()
  const connection = new Connection(socket, virtualClock())
  const failing = connection.inTurn(() => Promise.reject(new Error('no')))
  const next = connection.inTurn(() => undefined)
  await expect(failing).rejects.toThrow('no')
  await expect(next).resolves.toBeUndefined()
})
