/** The bytes of an encoded value; text where the codec writes text. */
export type Payload = string | Uint8Array

/** An encoded value. `flag` says how it is to be read: part of the stored format. */
export interface Encoded<P extends Payload = Payload> {
  readonly flag: string
  readonly payload: P
}

/**
 * How the values of a keyspace become what the store holds. All codecs carry the same: null, booleans, strings, finite
 * numbers, bigint, Date, bytes (Uint8Array), lists and plain objects, nested 64 deep at most. A property that is undefined is left out.
 *
 * Each flag belongs to one codec for good: a letter never changes its meaning.
 */
export interface Codec<P extends Payload = Payload> {
  /** For reference pages and panels. */
  readonly name: string
  /** Whether some of its payloads are no text. */
  readonly isBinary: boolean
  /** @throws TypeError naming the place, for what cannot come back as it was. */
  encode(value: unknown): Encoded<P>
  /**
   * The value of a payload. Every codec reads those of `json`, so a keyspace may go over to another one.
   *
   * @throws an Error when the payload is not what `encode` writes, or is of a codec that this one does not know
   */
  decode(flag: string, payload: Payload): unknown
}

/** How deep values may nest. */
export const DEEPEST = 64
