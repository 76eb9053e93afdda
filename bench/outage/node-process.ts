import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { FromNode, ToNode } from './messages.ts'
import type { DrillNode, NodeOptions } from './node.ts'

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** Opens a node in a process of its own. `onUnhandled` hears of rejections that nobody handled there. */
export async function startNode(
  { redisUrl, commandTimeoutMs, load }: NodeOptions,
  onUnhandled: (problem: string) => void,
): Promise<DrillNode> {
  const program = new URL('./node-program.js', import.meta.url)
  const child = fork(program, [redisUrl, String(commandTimeoutMs)])
  const exited = once(child, 'exit')
  const waiting = new Map<number, Waiting>()
  let calls = 0
  let isReady = (): void => undefined
  const ready = new Promise<void>((resolve) => (isReady = resolve))

  child.on('message', (message: FromNode) => {
    if (message.kind === 'ready') isReady()
    else if (message.kind === 'unhandled') onUnhandled(message.problem)
    else if (message.kind === 'load') void answer(child, message, load)
    else {
      const call = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.kind === 'result') call?.resolve(message.result)
      else call?.reject(new Error(message.problem))
    }
  })
  const died = exited.then(([code, signal]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the node ended: ${String(code ?? signal)}`))
    throw new Error('the node ended before it was ready')
  })
  died.catch(() => undefined)
  await Promise.race([ready, died])

  const call =
    <Method extends keyof DrillNode>(method: Method) =>
    (...args: Parameters<DrillNode[Method]>): ReturnType<DrillNode[Method]> =>
      new Promise<unknown>((resolve, reject) => {
        const id = calls++
        waiting.set(id, { resolve, reject })
        child.send({ kind: 'call', id, method, args } satisfies ToNode)
      }) as ReturnType<DrillNode[Method]>
  return {
    begin: call('begin'),
    nextPhase: call('nextPhase'),
    end: call('end'),
    invalidate: call('invalidate'),
    read: call('read'),
    async close() {
      await call('close')()
      child.disconnect()
      await exited
    },
  }
}

async function answer(
  child: ChildProcess,
  { id, key, name }: Extract<FromNode, { kind: 'load' }>,
  load: NodeOptions['load'],
): Promise<void> {
  const version = await load(key, name)
  if (child.connected) child.send({ kind: 'loaded', id, version } satisfies ToNode)
}
