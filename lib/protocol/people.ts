import { z } from "zod"

export const me = z.object({
  user: z.object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    role: z.enum(["owner", "admin", "member"]),
    avatar_url: z.string().optional(),
  }),
  tenant: z.object({ id: z.uuid(), slug: z.string(), name: z.string() }),
  credential: z.enum(["token", "session"]),
  scopes: z.array(z.string()),
})
export type Me = z.infer<typeof me>
