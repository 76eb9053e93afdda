import type { Generations } from '../../entry/generations.ts'
import { tagMark } from './mark-names.ts'

/**
 * The generations under which one value counts: those that follow from its id, and those of tags that its loader
 * gave. As text in the entry: `<marks>`, or `<marks>;<tags>;<marks of the tags>`.
 */
export interface Stamp {
  readonly names: readonly string[]
  readonly marks: string
  readonly tags: readonly string[]
  readonly tagMarks: string
}

/** As it stands in an entry. */
export function formatStamp({ marks, tags, tagMarks }: Pick<Stamp, 'marks' | 'tags' | 'tagMarks'>): string {
  return tags.length === 0 ? marks : `${marks};${tags.map(encodeURIComponent).join(',')};${tagMarks}`
}

const NONE: readonly string[] = []

/** The stamp in an entry of a key with these names. */
export function parseStamp(text: string, names: readonly string[]): Stamp {
  const end = text.indexOf(';')
  if (end < 0) return { names, marks: text, tags: NONE, tagMarks: '' }
  const second = text.indexOf(';', end + 1)
  const tags = text
    .slice(end + 1, second)
    .split(',')
    .map(decodeTag)
  return { names, marks: text.slice(0, end), tags, tagMarks: text.slice(second + 1) }
}

/** What somebody else wrote is a tag that never was: its entry counts under no generation. */
function decodeTag(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The tags of an entry that its loader gave. */
export function loaderTags(entry: { readonly marks: string } | undefined): readonly string[] {
  return entry?.marks.includes(';') ? parseStamp(entry.marks, NONE).tags : NONE
}

/** As `stands`, of what an entry says: a stamp is not even made of it in most cases. */
export function marksStand(
  text: string,
  names: readonly string[],
  generations: Pick<Generations, 'known'>,
): boolean | undefined {
  return text === generations.known(names) || stands(parseStamp(text, names), generations)
}

/** Whether all generations of the stamp still stand, as far as this process knows; undefined when it does not. */
export function stands(
  { names, marks, tags, tagMarks }: Stamp,
  generations: Pick<Generations, 'known'>,
): boolean | undefined {
  const known = generations.known(names)
  if (known === undefined) return undefined
  if (known !== marks) return false
  if (tags.length === 0) return true
  const knownTags = generations.known(tags.map(tagMark))
  return knownTags === undefined ? undefined : knownTags === tagMarks
}
