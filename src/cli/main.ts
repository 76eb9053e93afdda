#!/usr/bin/env node
import { systemClock } from '../core/clock.ts'
import { run } from './run.ts'

// Whoever reads the output may have seen enough of it, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await run(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  clock: systemClock,
  redisUrl: process.env['REDIS_URL'],
  databaseUrl: process.env['DATABASE_URL'],
})
