import type { DrillNode } from './node.ts'

// What a drill and its node processes say to each other.

/** A call of a method of the node; or the answer of the source. */
export type ToNode =
  | { readonly kind: 'call'; readonly id: number; readonly method: keyof DrillNode; readonly args: unknown[] }
  | { readonly kind: 'loaded'; readonly id: number; readonly version: number }

/** The result of a call, or why there is none; a question for the source; or something that must not happen. */
export type FromNode =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly problem: string }
  | { readonly kind: 'load'; readonly id: number; readonly key: string; readonly name: string }
  | { readonly kind: 'unhandled'; readonly problem: string }
