/** What the protocol needs of a Redis server, with the semantics of the real one and of the Lua scripts. */

/** A reply that is an error. */
export class RedisReplyError extends Error {}

interface Slot {
  readonly raw: string
  /** Infinity without a ttl. */
  readonly expiresMs: number
}

interface Change {
  readonly timeMs: number
  readonly name: string
  readonly before: Slot | undefined
}

/** What a reply may be. */
export type Reply = string | number | null | readonly Reply[]

/** One run of a server. */
export class FakeRedis {
  readonly run: string
  readonly lineage: string
  /** Until then it answers nobody. */
  hungUntilMs = 0
  isUp = true
  /** Commands that need memory are refused. */
  isFull = false
  /** How far its clock is ahead of true time. */
  skewMs = 0
  policy = 'noeviction'
  /** Hears of everything that is stored, or taken away. */
  onChange: (name: string, raw: string | null) => void = () => undefined
  readonly #now: () => number
  readonly #slots: Map<string, Slot>
  readonly #scripts = new Set<string>()
  #changes: Change[] = []

  constructor(now: () => number, name: string, lineage = name, slots: ReadonlyMap<string, Slot> = new Map()) {
    this.#now = now
    this.run = name
    this.lineage = lineage
    this.#slots = new Map(slots)
  }

  /** Names and raw values of what is there. */
  *entries(): Iterable<[name: string, raw: string]> {
    for (const name of this.#slots.keys()) {
      const raw = this.#get(name)
      if (raw !== null) yield [name, raw]
    }
  }

  /** What is under a name, for the judge. */
  peek(name: string): string | null {
    return this.#get(name)
  }

  /** What another run of it knows that has the data of `ageMs` ago. */
  dataOf(ageMs: number): ReadonlyMap<string, Slot> {
    const data = new Map(this.#slots)
    const untilMs = this.#now() - ageMs
    for (const { timeMs, name, before } of this.#changes.toReversed()) {
      if (timeMs <= untilMs) break
      if (before) data.set(name, before)
      else data.delete(name)
    }
    return data
  }

  flush(): void {
    for (const name of this.#slots.keys()) this.#remove(name)
  }

  forgetScripts(): void {
    this.#scripts.clear()
  }

  /** Takes a key with a ttl away, as a full server does. */
  evict(choice: number): string | undefined {
    const names = [...this.#slots].flatMap(([name, { expiresMs }]) => (expiresMs === Infinity ? [] : [name]))
    const name = names[Math.floor(choice * names.length)]
    if (name !== undefined) this.#remove(name)
    return name
  }

  /** Carries one command out. @throws RedisReplyError */
  execute(args: readonly string[]): Reply {
    const [command = '', key = '', ...rest] = args
    switch (command) {
      case 'GET':
        return this.#get(key)
      case 'MGET':
        return args.slice(1).map((name) => this.#get(name))
      case 'DEL':
        return args.slice(1).filter((name) => this.#remove(name)).length
      case 'SET':
        return this.#setCommand(key, rest)
      case 'PTTL':
        return this.#pttl(key)
      case 'INFO':
        return this.#info()
      case 'EVALSHA':
      case 'EVAL':
        return this.#script(command, args)
      default:
        throw new Error(`the fake Redis does not know ${command}`)
    }
  }

  #setCommand(name: string, [raw = '', ...options]: readonly string[]): Reply {
    const ttl = options.indexOf('PX')
    if (this.isFull) throw new RedisReplyError("OOM command not allowed when used memory > 'maxmemory'.")
    if (options.includes('NX') && this.#get(name) !== null) return null
    this.#set(name, raw, ttl < 0 ? undefined : Number(options[ttl + 1]))
    return 'OK'
  }

  #script(command: string, args: readonly string[]): Reply {
    // The name in front of the digest is the fake's own: a server knows scripts by their text.
    const [, digest = '', count] = args
    const [name = ''] = digest.split('@')
    if (command === 'EVAL') this.#scripts.add(digest)
    else if (!this.#scripts.has(digest)) throw new RedisReplyError('NOSCRIPT No matching script.')
    const keys = args.slice(3, 3 + Number(count))
    const rest = args.slice(3 + Number(count))
    switch (name) {
      case 'fill':
        return this.#fill(keys[0] ?? '', rest)
      case 'fence':
        for (const key of keys) this.#fence(key, rest[0] ?? '')
        return 1
      case 'apply':
        return keys.map((key, index) => this.#apply(key, rest[0] ?? '', rest.slice(1 + 2 * index)))
      case 'settle':
        return keys.map((key) => this.#settle(key, rest[0] ?? ''))
      default:
        throw new Error(`the fake Redis does not know the script ${name}`)
    }
  }

  #fill(key: string, [lease, raw = '', keepMs]: readonly string[]): Reply {
    if (this.#get(key) !== `L ${lease}`) return 0
    this.#setInScript(key, raw, Number(keepMs))
    return 1
  }

  #fence(key: string, token: string): void {
    const raw = this.#get(key)
    // `allow-oom`: it sets whatever the memory.
    this.#set(key, raw?.startsWith('F ') ? `F 1 ${raw.slice(4)} ${token}` : `F 0 ${token}`)
  }

  #apply(key: string, token: string, [raw = '', keepMs]: readonly string[]): Reply {
    if (this.#get(key) !== `F 0 ${token}`) return 0
    this.#setInScript(key, raw, Number(keepMs))
    return 1
  }

  #settle(key: string, token: string): Reply {
    const raw = this.#get(key)
    if (raw === `F 0 ${token}`) {
      this.#remove(key)
      return 1
    }
    if (!raw?.startsWith('F ')) return 0
    const tokens = raw
      .slice(4)
      .split(' ')
      .filter((other) => other !== '')
    const others = tokens.filter((other) => other !== token)
    if (others.length === tokens.length) return 0
    if (others.length === 0) this.#remove(key)
    else this.#set(key, `F 1 ${others.join(' ')}`)
    return 1
  }

  #setInScript(key: string, raw: string, keepMs: number): void {
    if (this.isFull) throw new RedisReplyError("OOM command not allowed when used memory > 'maxmemory'.")
    this.#set(key, raw, keepMs)
  }

  #get(name: string): string | null {
    const slot = this.#slots.get(name)
    if (!slot) return null
    if (slot.expiresMs > this.#clock()) return slot.raw
    this.#remove(name)
    return null
  }

  #pttl(name: string): number {
    if (this.#get(name) === null) return -2
    const { expiresMs = 0 } = this.#slots.get(name) ?? {}
    return expiresMs === Infinity ? -1 : expiresMs - this.#clock()
  }

  #set(name: string, raw: string, keepMs = Infinity): void {
    this.#log(name)
    this.#slots.set(name, { raw, expiresMs: this.#clock() + keepMs })
    this.onChange(name, raw)
  }

  #remove(name: string): boolean {
    this.#log(name)
    const wasThere = this.#slots.delete(name)
    if (wasThere) this.onChange(name, null)
    return wasThere
  }

  #log(name: string): void {
    this.#changes.push({ timeMs: this.#now(), name, before: this.#slots.get(name) })
  }

  #clock(): number {
    return this.#now() + this.skewMs
  }

  #info(): string {
    return [
      `run_id:${this.run}`,
      'role:master',
      `master_replid:${this.lineage}`,
      `maxmemory_policy:${this.policy}`,
    ].join('\r\n')
  }
}
