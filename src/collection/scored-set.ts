import type { RankingOrder, Scored, ScoreOutcome, ScoreRules } from './port.ts'

/** Members with scores, in memory. They are sorted when somebody asks for their order. */
export class ScoredSet {
  readonly scores: Map<string, number> = new Map()
  #sorted: readonly Scored[] | undefined

  /** The lowest score first. */
  sorted(): readonly Scored[] {
    this.#sorted ??= [...this.scores].map(([member, score]) => ({ member, score })).toSorted(compare)
    return this.#sorted
  }

  inOrder(order: RankingOrder): readonly Scored[] {
    return order === 'lowest' ? this.sorted() : this.sorted().toReversed()
  }

  change(how: 'set' | 'add', scores: readonly Scored[], rules: ScoreRules): ScoreOutcome {
    const { max, drop, isExact } = rules
    const most = isExact ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE
    const after = scores.map(({ member, score }) => {
      return { member, score: how === 'add' ? (this.scores.get(member) ?? 0) + score : score }
    })
    if (how === 'add' && after.some(({ score }) => Math.abs(score) > most)) return 'range'
    const added = after.filter(({ member }) => !this.scores.has(member)).length
    const over = this.scores.size + added - max
    if (drop === null && added > 0 && over > 0) return 'full'
    for (const { member, score } of after) this.scores.set(member, score)
    this.#sorted = undefined
    if (over > 0 && drop !== null) {
      const last = drop === 'lowest' ? this.sorted().slice(0, over) : this.sorted().slice(-over)
      this.remove(last.map(({ member }) => member))
    }
    return scores.map(({ member }) => this.scores.get(member))
  }

  remove(members: readonly string[]): number {
    this.#sorted = undefined
    return members.filter((member) => this.scores.delete(member)).length
  }
}

/** Names as Redis compares them: byte by byte. */
function compare(a: Scored, b: Scored): number {
  return a.score - b.score || Buffer.compare(Buffer.from(a.member), Buffer.from(b.member))
}
