import { startServer } from "../server.ts"
import { answerProbe } from "./probe.ts"

// The product as in production, in a process that also reports its memory.
const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env
if (databaseUrl === undefined || redisUrl === undefined) throw new Error("started by bench/run.ts")
const server = await startServer({ dev: false, databaseUrl, redisUrl })
answerProbe(Number(new URL(server.url).port), () => server.stop())
