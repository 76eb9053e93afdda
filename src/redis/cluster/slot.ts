/** How many hash slots a Redis Cluster has. */
export const SLOTS = 16_384

/** CRC-16/XMODEM, by which Redis spreads keys: polynomial 0x1021, from 0. */
const CRC: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

/** The slot of `key`: of what stands in its first pair of braces, if that is anything, else of all of it. */
export function slotOf(key: string): number {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  const tag = close > open + 1 ? key.slice(open + 1, close) : key
  let crc = 0
  for (let index = 0; index < tag.length; index++) {
    const code = tag.charCodeAt(index)
    if (code > 0x7f) return slotOfBytes(Buffer.from(tag))
    crc = next(crc, code)
  }
  return crc % SLOTS
}

function slotOfBytes(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = next(crc, byte)
  return crc % SLOTS
}

function next(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (CRC[(crc >> 8) ^ byte] as number)
}
