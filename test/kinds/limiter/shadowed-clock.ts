import { createHash } from 'node:crypto'
import { createClient } from '@redis/client'
import type { RedisCommands, Script } from '../../../src/redis/commands.ts'

/**
 * Stands in front of a script, whose text stays as it is shipped: the server's clock, and what expires by it, are those
 * of the test. Nothing else of the server is replaced. The last argument is the time, in microseconds; under `~expires:`
 * and a key stands when that one is over.
 */
const SHADOW = `
local server = redis
local micros = tonumber(table.remove(ARGV))
for _, key in ipairs(KEYS) do
  local expires = server.call('GET', '~expires:' .. key)
  if expires and tonumber(expires) <= micros then
    server.call('DEL', key, '~expires:' .. key)
  end
end
local function expire(key, ms)
  server.call('SET', '~expires:' .. key, string.format('%.0f', micros + ms * 1000))
end
local redis = { pcall = server.pcall }
function redis.call(command, key, value, ...)
  if command == 'TIME' then
    local seconds = math.floor(micros / 1000000)
    return { string.format('%.0f', seconds), string.format('%.0f', micros - seconds * 1000000) }
  elseif command == 'PEXPIRE' then
    return expire(key, value)
  elseif command == 'SET' then
    local _, ms = ...
    expire(key, ms)
    return server.call('SET', key, value)
  elseif value == nil then
    return server.call(command, key)
  end
  return server.call(command, key, value, ...)
end
`

/** A real Redis whose scripts see the clock of the test. */
export async function shadowedRedis(url: string) {
  const client = createClient({ url, commandOptions: { timeout: 0 } })
  await client.connect()
  const loaded = new Map<Script, string>()
  /** The answer may come later: what is sent next comes after it. */
  const load = (script: Script): string => {
    const text = SHADOW + script.source
    client.scriptLoad(text).catch(() => undefined)
    const sha = createHash('sha1').update(text).digest('hex')
    loaded.set(script, sha)
    return sha
  }
  let micros = 0
  const refuse = (): never => {
    throw new Error('limits run scripts alone')
  }
  const commands: RedisCommands = {
    spansSlots: false,
    async run<Reply, Result = Reply>(
      script: Script,
      keys: readonly string[],
      args: readonly (string | Buffer)[],
      read?: (reply: Reply) => Result,
    ) {
      const sha = loaded.get(script) ?? load(script)
      const all = [...args.map(String), String(micros)]
      const answer = await client.evalSha(sha, { keys: [...keys], arguments: all })
      return read ? read(answer as Reply) : (answer as Result)
    },
    send: refuse,
    pipeline: refuse,
    transaction: refuse,
    primaries: refuse,
    serverNow: refuse,
    serverOffsetMs: refuse,
  }
  return { commands, setMicros: (now: number) => (micros = now), close: () => client.destroy() }
}
