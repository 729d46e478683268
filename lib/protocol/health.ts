import { z } from "zod"

export const health = z.object({
  status: z.literal("ok"),
  mount: z.enum(["front", "next"]).describe("Which mount of the handlers answered."),
  role: z.enum(["all", "web", "driver"]),
})

export const readiness = z.object({
  status: z.enum(["ready", "draining", "unavailable"]),
  degraded: z.array(z.string()).optional().describe("What is away but can be done without."),
})
