import { compileCache } from "#tests/support/compile-cache.ts"

/** The environment of a test run: a developer's own configuration must not decide a test. */
export function testEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(STUDIO_|OPENAI_|ANTHROPIC_|DATABASE_URL$|REDIS_URL$|HOST$|PORT$|LOG_LEVEL$)/
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return {
    ...Object.fromEntries(kept),
    NODE_ENV: "test",
    NEXT_TELEMETRY_DISABLED: "1",
    // Its workers load what the servers they start load.
    ...compileCache,
  }
}
