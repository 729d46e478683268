export { visibleText } from "#lib/transcript/visible-text.ts"
