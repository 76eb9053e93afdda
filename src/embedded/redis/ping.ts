import { connect } from 'node:net'
import type { Clock } from '../../core/clock.ts'

const DEADLINE_MS = 1_000
const MAX_REPLY_CHARS = 1_024

/**
 * Whether the Redis at 127.0.0.1 lets us in and answers PING: not while it still loads its data. Speaks the inline
 * form of the protocol, so that no client library is needed. Never rejects.
 */
export function answersPing(clock: Clock, port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answer: boolean): void => {
      deadline.cancel()
      socket.destroy()
      resolve(answer)
    }
    const deadline = clock.after(DEADLINE_MS, () => settle(false))
    const commands = password ? [`AUTH ${password}`, 'PING'] : ['PING']
    let reply = ''
    socket.setEncoding('utf8')
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
    socket.on('connect', () => socket.write(commands.map((command) => `${command}\r\n`).join('')))
    socket.on('data', (chunk: string) => {
      reply += chunk
      const lines = reply.split('\r\n')
      if (lines.length > commands.length) settle(lines[commands.length - 1] === '+PONG')
      else if (reply.length > MAX_REPLY_CHARS) settle(false)
    })
  })
}
