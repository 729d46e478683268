import type { Page } from "playwright-core"

/** The first visit: creates the owner and opens a new chat. */
export async function setUp(page: Page): Promise<void> {
  await page.goto("/setup")
  await page.getByLabel("Your name").fill("Mira")
  await page.getByLabel("E-mail").fill("mira@northwind.example")
  await page.getByLabel("Password").fill("a sentence works well")
  await page.getByRole("button", { name: "Create the owner account" }).click()
  await composer(page).waitFor()
}

export function composer(page: Page) {
  return page.getByRole("textbox", { name: /^Message / })
}

export function thread(page: Page) {
  return page.getByRole("log")
}

export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await page.keyboard.press("Enter")
}
