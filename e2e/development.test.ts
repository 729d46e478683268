import { expect, test } from "vitest"

import { isAnswered, isAtRest, startChat } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio({}, { isDevelopment: true })

test("React and Next find nothing wrong with a first conversation", async () => {
  const { page, faults } = e2e.visited
  await startChat(page, "Is anybody there?")
  await isAnswered(page)
  await isAtRest(page)
  await page.getByRole("button", { name: /^Mira/ }).click()
  await page.getByRole("menuitem", { name: "Tokens" }).click()
  await page.getByRole("heading", { name: "Tokens", exact: true }).waitFor()
  await page.goBack()
  await isAnswered(page)
  expect(faults).toEqual([])
}, 180_000)
