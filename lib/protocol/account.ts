import { z } from "zod"

import { storableText } from "./texts.ts"

/** Longer than any valid email address. @see RFC 5321, "Size Limits and Minimums" */
const addressCharactersMax = 1_000

/** The largest body of an account endpoint: names and passwords are short. */
export const accountBodyBytesMax = 16 * 1024

export const signInBody = z.object({
  email: storableText(addressCharactersMax),
  password: z.string(),
  keep: z
    .union([z.boolean(), z.enum(["true", "false"])])
    .nullish()
    .describe("Stay signed in; absent = until the browser closes."),
})

export const singleSignOnBody = z.object({
  next: z.string().nullish().describe("The page to open afterwards: a path of the Studio."),
})

export const singleSignOnStart = z.object({ url: z.url().describe("Of the provider.") })

export const setupBody = z.object({
  name: z.string(),
  email: z.string(),
  password: z.string(),
  code: z.string().nullish().describe("From the server's log; required from other machines."),
})

export const acceptInvitationBody = z.object({
  secret: z.string().describe("The last part of the link."),
  name: z.string(),
  password: z.string(),
})

export const passwordResetBody = z.object({
  secret: z.string().describe("The last part of the link."),
  password: z.string(),
})

/** The cookie carries the session itself. */
export const signedIn = z.object({})
