import { redirect } from "next/navigation"

import { requireAdmin } from "./require-admin.ts"

export default async function AdminPage(): Promise<never> {
  await requireAdmin()
  redirect("/admin/conversations")
}
