import { afterEach, beforeEach } from "vitest"

import { createTestStudio, type TestStudio } from "./studio.ts"

/** A studio for each test of a file; its fields are available once a test runs. */
export function useTestStudio(): TestStudio {
  const studio = {} as TestStudio
  beforeEach(async () => void Object.assign(studio, await createTestStudio()))
  afterEach(() => studio.stop())
  return studio
}
