import { z } from "zod"

import { errorCodes } from "./error-codes.ts"

/** The body of every failure. */
export const failure = z.object({
  error: z.string().describe("Human-readable sentence."),
  code: z.enum(errorCodes).describe("Stable, for programs."),
  field: z.string().optional().describe("The request field at fault, with 422."),
})
export type Failure = z.infer<typeof failure>
