const theirs = {
  goes: [
    "All their conversations, with files",
    "Their sessions, tokens and links",
    "Their name and e-mail address: in conversations of others they become “Former member”",
    "Their usage figures",
  ],
  stays: [
    "The audit trail, which is sealed: ids, and a name or an address where somebody was invited or renamed",
    "Usage totals",
    "Messages that others wrote about them",
  ],
} as const

const yours = {
  goes: [
    "All your conversations, with files",
    "Your sessions, tokens and links",
    "Your name and e-mail address: in conversations of others you become “Former member”",
    "Your usage figures",
  ],
  stays: [
    "The audit trail, which is sealed: ids, and a name or an address where somebody was invited or renamed",
    "Usage totals",
    "Messages that others wrote about you",
  ],
} as const

/** Lists exactly the data that an erasure deletes and keeps. */
export function ErasureFacts({ id, isOwn }: { id: string; isOwn: boolean }) {
  const { goes, stays } = isOwn ? yours : theirs
  return (
    <div id={id} className="text-ui mt-4 space-y-4">
      <Facts name="Deleted within minutes" facts={goes} />
      <Facts name="What stays" facts={stays} />
      <p className="text-danger font-medium">This can’t be undone.</p>
    </div>
  )
}

function Facts({ name, facts }: { name: string; facts: readonly string[] }) {
  return (
    <div>
      <p className="font-medium">{name}</p>
      <ul className="text-ink-2 mt-1 list-disc space-y-0.5 pl-4.5">
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
    </div>
  )
}
