import { Example } from "./example.tsx"

const planes = ["paper", "sunken", "surface", "hover", "accent-soft", "warning-soft", "danger-soft"]
const inks = ["ink", "ink-2", "ink-3", "accent", "success", "warning", "danger"]

/** Colours and type. */
export function Values() {
  return (
    <>
      <Example name="Planes">
        <ul className="flex flex-wrap gap-2">
          {planes.map((name) => (
            <li
              key={name}
              className="rounded-2 text-micro flex h-11 items-end border p-1.5"
              style={{ background: `var(--${name})` }}
            >
              {name}
            </li>
          ))}
        </ul>
      </Example>
      <Example name="Text">
        <ul className="flex flex-wrap gap-4">
          {inks.map((name) => (
            <li key={name} className="font-medium" style={{ color: `var(--${name})` }}>
              {name}
            </li>
          ))}
        </ul>
        <p className="text-display mt-4 font-serif">What should Atlas look into?</p>
        <p className="text-h1 mt-3 font-semibold">Heading one, 24 on 32</p>
        <p className="text-h2 mt-2 font-semibold">Heading two, 19 on 28</p>
        <p className="text-read mt-2">
          Reading, 16 on 26: the text of messages. It is <strong>strong</strong> at 600 and carries{" "}
          <code className="font-mono text-[0.86em]">inline_code</code>.
        </p>
        <p className="text-base">Base, 14 on 20: forms and lists.</p>
        <p className="text-ui text-ink-2">Small, 13 on 20: what stands beside.</p>
        <p className="text-micro text-ink-3">Micro, 12 on 16: labels of groups.</p>
      </Example>
    </>
  )
}
