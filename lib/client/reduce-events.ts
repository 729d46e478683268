export type { ConversationState, Turn } from "#lib/transcript/reduce-events.ts"
