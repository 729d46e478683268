import { spawn } from "node:child_process"

/**
 * Stops a private server and removes its folder after this process died without doing so, even by
 * kill -9: a child waits for the end of our pipe to it. A pid counts only if its process works in
 * the folder.
 */
const script = `
cat > /dev/null
for file in "$1/redis.pid" "$1/postgres/data/postmaster.pid"; do
  pid=$(head -n 1 "$file" 2> /dev/null) || continue
  case "$(readlink "/proc/$pid/cwd")" in
    "$1"*) kill -KILL "$pid" ;;
  esac
done
rm -rf "$1"
`

/** @param folder a temporary one; a missing folder is ignored */
export function removeWhenOrphaned(folder: string): void {
  const child = spawn("sh", ["-c", script, "sh", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  })
  child.unref()
  // The open pipe must not keep this process alive; closing it is the signal.
  const { stdin } = child
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref()
}
