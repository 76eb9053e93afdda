/** Choices that a seed decides: the same again with the same seed, as far as the run itself goes the same way. */
export interface Dice {
  /** In [0, 1). */
  float(): number
  between(least: number, most: number): number
  /** One of them; undefined of none. */
  one<Value>(values: readonly Value[]): Value
  shuffled<Value>(values: readonly Value[]): Value[]
}

/** Mulberry32, a small generator of 32 bits by Tommy Ettinger, in the public domain. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const float = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    float,
    between: (least, most) => least + float() * (most - least),
    one: (values) => values[Math.floor(float() * values.length)] as (typeof values)[number],
    shuffled: (values) =>
      values
        .map((value) => ({ value, at: float() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ value }) => value),
  }
}
