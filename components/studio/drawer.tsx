"use client"

import type { Ref } from "react"

import { SidebarBody, useIsInSettings } from "#components/sidebar/sidebar.tsx"
import { Drawer as DrawerDialog } from "#components/ui/drawer.tsx"

import { useStudio } from "./studio-context.tsx"

/** The sidebar on phones. */
export function Drawer({ ref }: { ref: Ref<HTMLDialogElement> }) {
  const { closeDrawer } = useStudio()
  return (
    <DrawerDialog
      ref={ref}
      label={useIsInSettings() ? "Settings" : "Conversations"}
      onClose={closeDrawer}
    >
      <SidebarBody onToggle={closeDrawer} toggleLabel="Close" />
    </DrawerDialog>
  )
}
