import { z } from "zod"

export const health = z.object({
  status: z.literal("ok"),
  mount: z.enum(["front", "next"]).describe("The mount of the handlers that answered."),
  role: z.enum(["all", "web", "driver"]),
})

export const readiness = z.object({
  status: z.enum(["ready", "draining", "unavailable"]),
  degraded: z.array(z.string()).optional().describe("Optional dependencies that are down."),
})
