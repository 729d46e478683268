import type { Metadata } from "next"
import type { ReactNode } from "react"

import { AdminFrame } from "#components/admin/admin-frame.tsx"

import { requireAdmin } from "./require-admin.ts"

export const metadata: Metadata = { title: { default: "Admin", template: "%s · Studio admin" } }

export default async function AdminLayout({ children }: { children: ReactNode }) {
  const { principal } = await requireAdmin()
  return (
    <AdminFrame user={{ id: principal.userId, name: principal.name, role: principal.role }}>
      {children}
    </AdminFrame>
  )
}
