/** The codec `msgpack`. Its peer `msgpackr` is loaded by importing this. */
export { msgpack } from './codec.ts'
