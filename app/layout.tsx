import "./styles/app.css"
import { GeistMono } from "geist/font/mono"
import { GeistSans } from "geist/font/sans"
import { GeistSerifRegular } from "geist/font/serif/regular"
import type { Metadata, Viewport } from "next"
import { cookies } from "next/headers"
import type { ReactNode } from "react"

export const metadata: Metadata = {
  title: { default: "Studio", template: "%s · Studio" },
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  interactiveWidget: "resizes-content",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fdfdfb" },
    { media: "(prefers-color-scheme: dark)", color: "#131514" },
  ],
}

const fonts = `${GeistSans.variable} ${GeistMono.variable} ${GeistSerifRegular.variable}`

export default async function RootLayout({ children }: { children: ReactNode }) {
  // A cookie holds the theme, so the server renders it from the first byte without a script.
  const theme = (await cookies()).get("theme")?.value
  const chosen = theme === "light" || theme === "dark" ? theme : undefined
  return (
    <html lang="en" data-theme={chosen} className={fonts}>
      <body>{children}</body>
    </html>
  )
}
