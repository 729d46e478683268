export const themes = [
  { value: "system", name: "System" },
  { value: "light", name: "Light" },
  { value: "dark", name: "Dark" },
] as const

/**
 * Stores the theme in a cookie, so that the server renders the next page in it from the first byte.
 */
export function keepTheme(theme: string): void {
  const root = document.documentElement
  if (theme === "system") {
    delete root.dataset["theme"]
    document.cookie = "theme=; path=/; max-age=0; samesite=lax"
  } else {
    root.dataset["theme"] = theme
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`
  }
}
