/**
 * The protocol with one rule broken: patches of its source text, applied when the simulator loads it. So nothing in
 * what is published knows of them. Each must be found, or the simulator would be blind there.
 *
 * What the Lua scripts do is done by the fake Redis, so their rules are broken there.
 */

/** A piece of a source file, found exactly once, and what stands there instead. */
export interface Patch {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** One broken rule. */
export interface Mutation {
  readonly name: string
  readonly patches: readonly Patch[]
}

const GATE = 'src/gate/shared-gate.ts'
const STEERING = 'src/gate/steering.ts'
const ATTEMPT = 'src/write/attempt.ts'
const FAKE_REDIS = 'test/simulation/strong/fake-redis.ts'

function mutation(
  name: string,
  ...patches: readonly (readonly [file: string, find: string, replace: string])[]
): Mutation {
  return { name, patches: patches.map(([file, find, replace]) => ({ file, find, replace })) }
}

/** All of them. */
export const MUTATIONS: readonly Mutation[] = [
  mutation(
    'fence after commit',
    ['src/write/attempt.ts', 'await fences.fence(this.keys, token)', ''],
    [
      'src/write/settlement.ts',
      'const settled = await fences.settle(attempt.keys, token, attempt.values)',
      'await fences.fence(attempt.keys, token); const settled = await fences.settle(attempt.keys, token, attempt.values)',
    ],
  ),
  mutation('commit without an acknowledged fence', [
    'src/write/attempt.ts',
    'gate.cannotFence()\n        throw error',
    'void error',
  ]),
  mutation('fill on an absent key', [
    FAKE_REDIS,
    'if (this.#get(key) !== `L ${lease}`) return 0',
    'if ((this.#get(key) ?? `L ${lease}`) !== `L ${lease}`) return 0',
  ]),
  mutation('fill under the lease of another', [
    FAKE_REDIS,
    'if (this.#get(key) !== `L ${lease}`) return 0',
    "if (lease === '' || this.#get(key)?.startsWith('L ') !== true) return 0",
  ]),
  mutation('apply on an absent key', [
    FAKE_REDIS,
    'if (this.#get(key) !== `F 0 ${token}`) return 0',
    'if ((this.#get(key) ?? `F 0 ${token}`) !== `F 0 ${token}`) return 0',
  ]),
  mutation('apply without the contended check', [
    FAKE_REDIS,
    'if (this.#get(key) !== `F 0 ${token}`) return 0',
    "if (this.#get(key)?.startsWith('F ') !== true || !this.#get(key)?.includes(token)) return 0",
  ]),
  mutation('contended is forgotten when the others are gone', [
    FAKE_REDIS,
    "else this.#set(key, `F 1 ${others.join(' ')}`)",
    "else this.#set(key, `F 0 ${others.join(' ')}`)",
  ]),
  mutation('a fence overwrites another', [
    FAKE_REDIS,
    "raw?.startsWith('F ') ? `F 1 ${raw.slice(4)} ${token}` : `F 0 ${token}`",
    "raw === '' ? '' : `F 0 ${token}`",
  ]),
  mutation('a fence expires', [
    FAKE_REDIS,
    "raw?.startsWith('F ') ? `F 1 ${raw.slice(4)} ${token}` : `F 0 ${token}`)",
    "raw?.startsWith('F ') ? `F 1 ${raw.slice(4)} ${token}` : `F 0 ${token}`, 1_000)",
  ]),
  mutation('a fence is taken down without asking how its transaction ended', [
    'src/kinds/strong/healer.ts',
    "statuses[index] !== 'in progress'",
    'statuses.length > index',
  ]),
  mutation('load before the lease', [
    'src/kinds/strong/reader.ts',
    'const [isLeased] = fences && seen.isFree ? await this.#lease(fences, [key], lease) : [false]\n    const sealed = await this.#loads.one(id, key)',
    'const sealed = await this.#loads.one(id, key)\n    const [isLeased] = fences && seen.isFree ? await this.#lease(fences, [key], lease) : [false]',
  ]),
  mutation(
    'a read joins a load that was sent',
    [
      'src/kinds/strong/load-queue.ts',
      '  #running = 0\n',
      '  #running = 0\n  #sent = new Map<string, Promise<Result>>()\n',
    ],
    [
      'src/kinds/strong/load-queue.ts',
      '    if (this.#running < this.#most) {\n      this.#running++\n      return { result: this.#run(work), leave: () => undefined }',
      `    const sent = this.#sent.get(key)
    if (sent) return { result: sent, leave: () => undefined }
    if (this.#running < this.#most) {
      this.#running++
      const result = this.#run(work)
      this.#sent.set(key, result)
      const forget = () => this.#sent.delete(key)
      result.then(forget, forget)
      return { result, leave: () => undefined }`,
    ],
  ),
  mutation(
    'getMany mixes the store with PostgreSQL',
    [
      'src/kinds/strong/reader.ts',
      'return { answers: undefined, leased: new Set(free.filter((_, index) => granted[index])), lease }',
      'return { answers: undefined, leased: new Set(free.filter((_, index) => granted[index])), lease, seen }',
    ],
    [
      'src/kinds/strong/reader.ts',
      'answers.set(key, sealed.value)',
      'answers.set(key, values.seen[index].hit ? values.seen[index].value : sealed.value)',
    ],
  ),
  mutation(
    'put of a key of several rows, read before the fences',
    [
      'src/write/attempt.ts',
      '    await this.#fence(tx)\n    if (this.#admission?.mayApply === true && this.#isReadCommitted) await this.#readPuts(tx)',
      '    if (this.#admission?.mayApply === true && this.#isReadCommitted) await this.#readPuts(tx)\n    await this.#fence(tx)',
    ],
    [
      'test/simulation/strong/run.ts',
      "about: 'Derived from all rows.',",
      "about: 'Derived from all rows.', row: true,",
    ],
    [
      'test/simulation/strong/run.ts',
      "changes.touch(versions, { of: 'all' })",
      "changes.put(versions, { of: 'all' })",
    ],
  ),
  mutation('a lost answer to COMMIT is taken for a rollback', [
    'src/write/write.ts',
    "if ((await this.#outcome(attempts, error)) === 'rolled-back') throw error",
    'if (result) throw error',
  ]),
  mutation('read without the lease of the gate', [
    'src/gate/lease.ts',
    'return clock.now() < this.#untilMs && clock.wall() < this.#untilWallMs',
    'return clock.now() > 0',
  ]),
  mutation('closed before the leases are over', [
    'src/gate/steering.ts',
    'const leftMs = this.#closingSince.value + NO_LEASE_LEFT_MS - clock.now()',
    'const leftMs = this.#closingSince.value - NO_LEASE_LEFT_MS - clock.now()',
  ]),
  mutation(
    'the same nonce in every epoch',
    ['src/gate/steering.ts', 'const nonce = random.token()', "const nonce = random.token() && 'same'"],
    ['src/gate/steering.ts', "if (row.nonce !== '') await", "if (row.nonce === '-') await"],
  ),
  mutation(
    'a restart or restore of PostgreSQL is not noticed',
    [
      'src/gate/sight.ts',
      "if (row.start !== row.startNow) return 'PostgreSQL was restarted, restored or replaced'",
      '',
    ],
    ['src/gate/sight.ts', 'row.start === row.startNow', "row.start !== 'never'"],
  ),
  mutation('writers skip the fence while the gate is closing', [
    'src/gate/shared-gate.ts',
    "if (row.state === 'closed') return SKIP",
    "if (row.state === 'closed' || row.state === 'closing') return SKIP",
  ]),
  mutation(
    'a new connection is not looked at',
    ['src/fence/redis.ts', 'if (run !== place.run)', "if (run === '')"],
    [
      'src/gate/shared-gate.ts',
      'this.#parts.store.server().connection === lease.connection ? lease.fences : undefined',
      'lease.fences',
    ],
    ['src/gate/sight.ts', 'sight.server.run === row.run', "sight.server.run !== ''"],
  ),
  mutation('a flush is not listened for', [
    GATE,
    "if (event === 'flushed') this.#flushed()\n      this.#run()",
    "if (event !== 'flushed') this.#run()",
  ]),
  mutation('a settlement takes down the fences of others', [
    FAKE_REDIS,
    'const others = tokens.filter((other) => other !== token)',
    "const others = tokens.filter((other) => other === '')",
  ]),
  mutation('a fence that is sent again has the same token', [
    ATTEMPT,
    'fenceToken(this.transactionId, this.#parts.random.token())',
    "fenceToken(this.transactionId, 'same')",
  ]),
  mutation('fences of an earlier epoch', [
    GATE,
    'if (this.#fences?.place.nonce !== nonce)',
    'if (this.#fences === undefined)',
  ]),
  mutation('put in the snapshot of a transaction that keeps one', [
    ATTEMPT,
    'if (this.#admission?.mayApply === true && this.#isReadCommitted) await',
    'if (this.#admission?.mayApply === true) await',
  ]),
  mutation('put while the gate is opening', [
    GATE,
    "mayApply: row.state === 'open'",
    "mayApply: row.state !== 'closed'",
  ]),
  mutation('the gate is read in the snapshot of a transaction that keeps one', [
    ATTEMPT,
    'const isInside = this.#isReadCommitted || truth.isOneSession === true || gate.statement === undefined',
    "const isInside = truth.name !== ''",
  ]),
  mutation('an opening waits for nobody', [
    STEERING,
    'if (row.oldestRunning >= this.#boundary.value)',
    'if (row.oldestRunning > 0n)',
  ]),
  mutation('an opening waits for the ids that have ended, and no further', [
    'src/gate/older-transactions.ts',
    'SELECT pg_current_xact_id()::text AS id',
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS id',
  ]),
  mutation('writers skip the fence while the gate is opening', [
    GATE,
    "if (row.state === 'closed') return SKIP",
    "if (row.state === 'closed' || row.state === 'opening') return SKIP",
  ]),
  mutation(
    'read while the gate is opening',
    [
      GATE,
      "      row.state === 'open' &&\n      !row.isStandby",
      "      (row.state === 'open' || row.state === 'opening') &&\n      !row.isStandby",
    ],
    [
      GATE,
      "const isOpen = row?.state === 'open'",
      "const isOpen = (row?.state === 'open' || row?.state === 'opening')",
    ],
  ),
  mutation('transitions that compare nothing', [
    'src/gate/transitions.ts',
    'AND epoch = ${epoch} AND nonce = ${sqlText(nonce)} AND state = ${sqlText(state)}',
    '${epoch < 0 ? nonce + state : String()}',
  ]),
  mutation(
    'a lease counts from the answer to its poll',
    [GATE, '      const sent = momentOf(clock)\n', ''],
    [
      GATE,
      '      const sight = await lookAt(store, row)\n',
      '      const sent = momentOf(clock)\n      const sight = await lookAt(store, row)\n',
    ],
  ),
  mutation('a lease goes on while its host is suspended', [
    'src/gate/lease.ts',
    ' && clock.wall() < this.#untilWallMs',
    ' && clock.wall() + this.#untilWallMs > 0',
  ]),
  mutation('getMany loads keys one by one', [
    'src/kinds/strong/loads.ts',
    'this.#inSnapshot((tx) => this.manyInside(tx, ids))',
    'Promise.all(ids.map((id) => this.#oneInside(this.#truth.session, id)))',
  ]),
  mutation(
    'a read joins a command that was sent',
    [
      'src/entry/read-batch.ts',
      '    this.#fetch(keys).then(\n',
      '    const sent = this.#fetch(keys)\n    this.#last = { keys, sent }\n    sent.then(\n',
    ],
    [
      'src/entry/read-batch.ts',
      '    return new Promise((resolve, reject) => {\n      if',
      '    const last = this.#last\n    if (last?.keys.includes(key)) return last.sent.then((raws) => raws[last.keys.indexOf(key)] ?? null)\n    return new Promise((resolve, reject) => {\n      if',
    ],
    [
      'src/entry/read-batch.ts',
      '  #waiting: Waiting<Raw>[] = []\n',
      '  #waiting: Waiting<Raw>[] = []\n  #last: { keys: readonly string[]; sent: Promise<readonly (Raw | null)[]> } | undefined\n',
    ],
  ),
  mutation('a transaction that an error has doomed counts as committed', [
    ATTEMPT,
    'const answers = await refuseDoomed(queryAll(truth, tx, statements))',
    'const answers = await queryAll(truth, tx, statements).catch(() => [])',
  ]),
  mutation('an id that a crash gave to another is taken for our own', [
    'src/fence/transaction-status.ts',
    "status === 'committed' && row?.['life'] !== life ?",
    "status === 'committed' && row?.['life'] === '' ?",
  ]),
]
