import { createHash, randomInt, timingSafeEqual } from "node:crypto"

import { deleteFact, getOrSetFact } from "#db/queries/installation.ts"
import { hasFirstOwner, insertFirstOwner } from "#db/queries/owner.ts"
import { AppError, invalidField } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { Runtime } from "#lib/runtime.ts"

import { signInAfterwards } from "./password-sign-in.ts"
import { readEmail, readName, requireNewPassword } from "./person-fields.ts"
import { requireTry } from "./try-limit.ts"
import type { Visitor } from "./visitor.ts"

const codeFact = "setup_code"
/** No vowels and no look-alikes, because people read the code from a log and type it. */
const codeLetters = "BCDFGHJKMNPQRSTVWXZ23456789"
const codeLength = 10

const closed = new WeakSet<Runtime>()

/** Setup stays open until an owner exists who can sign in. */
export async function isSetupOpen(runtime: Runtime): Promise<boolean> {
  if (closed.has(runtime)) return false
  if (!(await hasFirstOwner(runtime.db))) return true
  closed.add(runtime)
  return false
}

/**
 * Whether setup requires the code from the server's log, which proves access to this machine. Only
 * requests that are clearly local need none. A configured public address or proxy implies remote
 * visitors; otherwise the client's address, the Host header (against DNS rebinding) and any sign of an
 * unconfigured proxy decide.
 */
export function needsSetupCode(runtime: Runtime, visitor: Visitor): boolean {
  const host = visitor.headers.get("host") ?? ""
  return (
    isReachedByOthers(runtime) ||
    !visitor.cameDirectly ||
    !isLoopback(visitor.address ?? "") ||
    !URL.canParse(`http://${host}`) ||
    !isLoopback(new URL(`http://${host}`).hostname)
  )
}

/** Whether the configuration makes the Studio reachable from other machines. */
function isReachedByOthers({ env }: Runtime): boolean {
  const { HOST, STUDIO_PUBLIC_URL: url, STUDIO_TRUSTED_PROXIES: proxies } = env
  return (
    !isLoopback(HOST) ||
    (url !== undefined && !(URL.canParse(url) && isLoopback(new URL(url).hostname))) ||
    proxies.kind === "list" ||
    proxies.count > 0
  )
}

/** The code that authorizes a remote setup; the same in every process until setup is done. */
export async function getSetupCode(runtime: Runtime): Promise<string> {
  const proposed = Array.from(
    { length: codeLength },
    () => codeLetters[randomInt(codeLetters.length)],
  )
  return await getOrSetFact(runtime.db, codeFact, proposed.join(""))
}

/**
 * Logs how to create the first owner, if there is none. Called once at start. The code is always
 * logged, because any Studio may turn out to be behind a proxy.
 */
export async function announceSetup(runtime: Runtime): Promise<void> {
  if (!(await isSetupOpen(runtime))) return
  const code = await getSetupCode(runtime)
  const where = isReachedByOthers(runtime) ? "" : ", except in a browser on this machine,"
  runtime.log.warn(
    `Nobody has signed in yet. Setting up the owner${where} asks for this code: ${code}`,
  )
}

interface OwnerInput {
  name: string
  email: string
  password: string
  code: string | null
}

/**
 * Creates the first owner and signs them in.
 * @returns the cookies to set
 * @throws AppError setup_closed, invalid_field, rate_limited, address_taken
 */
export async function setUpOwner(
  runtime: Runtime,
  visitor: Visitor,
  input: OwnerInput,
): Promise<string[]> {
  if (!(await isSetupOpen(runtime))) throw setupClosed()
  if (needsSetupCode(runtime, visitor)) await requireCode(runtime, visitor, input.code ?? "")
  const { password } = input
  const owner = { name: readName(input.name), email: readEmail(input.email) }
  requireNewPassword(password)
  const outcome = await insertFirstOwner(runtime.db, {
    userId: newId(),
    accountId: newId(),
    ...owner,
    passwordHash: await runtime.signIn.hashPassword(password),
    address: visitor.address,
  })
  if (outcome === "closed") throw setupClosed()
  if (outcome === "taken") {
    throw new AppError("address_taken", "Somebody has an account with this e-mail already.")
  }
  await deleteFact(runtime.db, codeFact)
  runtime.log.info("the owner has been set up")
  return await signInAfterwards(runtime, visitor, { email: owner.email, password })
}

/**
 * The right code always works, regardless of earlier attempts: behind an unconfigured proxy all clients
 * share one address, so strangers could otherwise lock the owner out. At a thousand guesses a second,
 * 27^10 codes last three thousand years; the rate limit only protects the log and the database.
 */
async function requireCode(runtime: Runtime, visitor: Visitor, code: string): Promise<void> {
  if (isSame(code.trim().toUpperCase(), await getSetupCode(runtime))) return
  await requireTry(runtime, "setup_code", "", visitor.address)
  throw invalidField("code", "That is not the code in the server's log.")
}

function setupClosed(): AppError {
  return new AppError("setup_closed", "This Studio has been set up already. Sign in instead.")
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$|^::ffff:/g, "").toLowerCase()
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare)
}
