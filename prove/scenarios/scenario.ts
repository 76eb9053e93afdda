import type { Crew } from '../crew.ts'
import type { Choice, Verdict } from '../judge.ts'
import type { World } from '../world.ts'

/** Where something happens to servers at work. */
export interface Stage {
  readonly world: World
  readonly crew: Crew
  /** How long ago old data is from. */
  readonly seconds: number
  /** Something has just happened. The first time that it `isTheLoss`, what the cache holds is lost. */
  tell(what: string, isTheLoss?: boolean): void
}

/** What there is to check when all is well again. */
export interface Aftermath {
  /** What is not as it must be. Asked when the gate is open again. */
  problems(): Promise<string[]>
  /**
   * The parts of the history that are judged, each by what PostgreSQL has of it in the end. Without: all of it, by what
   * it has.
   */
  readonly judge?: (judgePart: (isJudged: Choice) => Promise<Verdict>) => Promise<Verdict[]>
}

/** Something that happens to servers at work, once. */
export interface Scenario {
  readonly name: string
  readonly about: string
  /** Resolves when its cause is gone. */
  happen(stage: Stage): Promise<Aftermath>
}
