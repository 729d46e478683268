import type { ReactNode } from "react"

import type { ApiError, ApiField, ApiOperation } from "#lib/protocol/api-description.ts"

/** One operation: parameters, responses and errors. */
export function OperationSection({ operation }: { operation: ApiOperation }) {
  const { id, method, path, summary, scope, parameters, body, answers, errors } = operation
  return (
    <section id={id} aria-labelledby={`${id}-name`} className="mt-6 scroll-mt-6 border-t pt-6">
      <h3 id={`${id}-name`} className="text-h2 font-semibold">
        <a href={`#${id}`} className="hover:underline">
          {summary}
        </a>
      </h3>
      <p className="mt-1 font-mono text-[13px]/5 break-words">
        <span className="font-medium">{method}</span> <BreakablePath path={path} />
      </p>
      <p className="text-ui text-ink-2 mt-2">
        <Scope scope={scope} />
      </p>
      {parameters.length > 0 && (
        <Part title="Parameters">
          <Fields fields={parameters} />
        </Part>
      )}
      {body !== null && (
        <Part title={body.isRequired ? "Body" : "Body (optional)"}>
          <Fields fields={body.fields} />
          <Example label="Example of a request" text={body.example} />
        </Part>
      )}
      {answers.map((answer) => (
        <Part key={answer.status} title={`Answer ${answer.status}`}>
          <p className="text-ui text-ink-2">
            <WithCode text={answer.description} />
            {answer.contentType !== null && answer.contentType !== "application/json" && (
              <> As {answer.contentType}.</>
            )}
          </p>
          {answer.example !== null && (
            <Example label={`Example of answer ${answer.status}`} text={answer.example} />
          )}
        </Part>
      ))}
      {errors.length > 0 && <Errors errors={errors} />}
    </section>
  )
}

/** Renders text between backticks as code. */
function WithCode({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- the parts of a sentence have no other name
      <code key={index} className="font-mono text-[0.92em]">
        {part}
      </code>
    ),
  )
}

/** Prefers line breaks before slashes over breaks inside words. */
function BreakablePath({ path }: { path: string }) {
  return path
    .split("/")
    .filter((part) => part !== "")
    .map((part, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- the parts of a path have no other name
      <span key={index}>
        <wbr />/{part}
      </span>
    ))
}

function Scope({ scope }: { scope: string | null }) {
  if (scope === null) return <>Open to anyone.</>
  if (scope === "") return <>Any valid token or session.</>
  return (
    <>
      Needs the scope <code className="text-ink font-mono text-[0.92em]">{scope}</code>.
    </>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mt-5">
      <h4 className="text-micro text-ink-3 mb-1.5 font-medium">{title}</h4>
      {children}
    </div>
  )
}

function Fields({ fields }: { fields: readonly ApiField[] }) {
  return (
    <dl className="text-ui rounded-3 divide-y border">
      {fields.map(({ name, type, place, isRequired, description }) => (
        <div
          key={`${place} ${name}`}
          className="px-3.5 py-2 sm:grid sm:grid-cols-[13rem_1fr] sm:gap-4"
        >
          <dt className="min-w-0">
            <code className="font-mono break-words">{name}</code>
            {isRequired && <span className="text-ink-3"> required</span>}
          </dt>
          <dd className="text-ink-2 min-w-0">
            <span className="text-ink-3 font-mono text-[12px] break-words">{type}</span>
            {description !== "" && (
              <p>
                <WithCode text={description} />
              </p>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Example({ label, text }: { label: string; text: string }) {
  return (
    <pre
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- text that scrolls, no group of controls
      role="group"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways
      tabIndex={0}
      aria-label={label}
      className="rounded-3 bg-code-bg text-code-text mt-2 max-h-96 overflow-auto border px-3.5 py-3 font-mono text-[13px]/[21px]"
    >
      <code>{text}</code>
    </pre>
  )
}

function Errors({ errors }: { errors: readonly ApiError[] }) {
  return (
    <details className="text-ui mt-5">
      <summary className="text-ink-2 touch:min-h-11 decoration-line-control inline-flex items-center underline underline-offset-3">
        {errors.length} ways it can fail
      </summary>
      <ul className="rounded-3 mt-2 divide-y border">
        {errors.map(({ status, code, meaning }) => (
          <li key={code} className="px-3.5 py-2 sm:grid sm:grid-cols-[13rem_1fr] sm:gap-4">
            <p className="min-w-0">
              <span className="text-ink-3 tabular-nums">{status}</span>{" "}
              <code className="font-mono break-words">{code}</code>
            </p>
            <p className="text-ink-2">{meaning}</p>
          </li>
        ))}
      </ul>
    </details>
  )
}
