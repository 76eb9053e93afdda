import { endWithParent } from '../processes.ts'
import type { FromNode, ToNode } from './messages.ts'
import { openNode } from './node.ts'

// A node in a process of its own. Its source is with the drill, a message away.

endWithParent()
const say = (message: FromNode): void => void process.send?.(message)
const [redisUrl = '', commandTimeoutMs = ''] = process.argv.slice(2)
const asked = new Map<number, (version: number) => void>()
let questions = 0
const ask = (key: string, name: string): Promise<number> =>
  new Promise((resolve) => {
    const id = questions++
    asked.set(id, resolve)
    say({ kind: 'load', id, key, name })
  })

process.on('unhandledRejection', (reason) => say({ kind: 'unhandled', problem: String(reason) }))
const node = await openNode({ redisUrl, commandTimeoutMs: Number(commandTimeoutMs), load: ask })

process.on('message', (message: ToNode) => {
  if (message.kind === 'loaded') {
    asked.get(message.id)?.(message.version)
    asked.delete(message.id)
    return
  }
  const { id, method, args } = message
  const call = node[method] as (...args: unknown[]) => Promise<unknown>
  call(...args).then(
    (result) => say({ kind: 'result', id, result }),
    (error: unknown) => say({ kind: 'failed', id, problem: String(error) }),
  )
})
say({ kind: 'ready' })
