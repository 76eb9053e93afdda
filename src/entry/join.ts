import type { Payload } from '../codec/codec.ts'

/** A line of ASCII and the payload behind it: text if both are. */
export function joinPayload(line: string, payload: Payload): string | Buffer {
  return typeof payload === 'string' ? line + payload : Buffer.concat([Buffer.from(line, 'latin1'), payload])
}

/** The bytes from `start` to `end` as ASCII. */
export function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

/** All of `bytes` as text. What is no UTF-8 comes out damaged. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
