import { compileCache } from "#tests/support/compile-cache.ts"

/** The environment of a test run, isolated from the developer's own configuration. */
export function testEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(STUDIO_|OPENAI_|ANTHROPIC_|DATABASE_URL$|REDIS_URL$|HOST$|PORT$|LOG_LEVEL$)/
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return {
    ...Object.fromEntries(kept),
    NODE_ENV: "test",
    NEXT_TELEMETRY_DISABLED: "1",
    // Workers load the same modules as the servers they start.
    ...compileCache,
  }
}
