import { spawn } from "node:child_process"

/**
 * Ends a private server and removes its folder when this process has died without doing so, also by
 * kill -9: a child waits for the end of our pipe to it. A pid counts only if it works in the folder.
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

/** @param folder a temporary one; when it is gone already, nothing happens */
export function removeWhenOrphaned(folder: string): void {
  const child = spawn("sh", ["-c", script, "sh", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  })
  child.unref()
  // An open pipe must not keep this process alive; that it closes is the message.
  const { stdin } = child
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref()
}
