#!/usr/bin/env bash
# S2-40: from a clone to the first reply, as somebody has it who has Go and has
# never built this. Prints the seconds; fails when they are more than LIMIT
# (default 120, for 2 cores) or when the reply is not the right one. The
# modules may be there already, as they come by network; what was built may not.
set -euo pipefail
cd "$(dirname "$0")/.."
set -m # a job is a process group of its own

dir=$(mktemp -d)
demo=
finish() {
  if [ -n "$demo" ]; then
    kill -- "-$demo" 2>/dev/null || true
    { wait "$demo" || true; } 2>/dev/null # says Terminated
  fi
  rm -rf "$dir"
}
trap finish EXIT
say() { curl -sS --fail-with-body -H 'Content-Type: application/json' "$@"; }

go mod download
begin=$EPOCHREALTIME
git clone -q . "$dir/clone"
cd "$dir/clone"
GOCACHE="$dir/cache" go run ./cmd/outspoken demo --addr 127.0.0.1:0 >"$dir/out" 2>"$dir/log" &
demo=$!
base=
until [ -n "$base" ]; do
  if ! kill -0 "$demo" 2>/dev/null; then
    echo "the demo ended:" && cat "$dir/log"
    exit 1
  fi
  base=$(sed -n 's/^Chat with the agent: *\(http:.*\)\/$/\1/p' "$dir/out")
  sleep 0.05
done
printed=$EPOCHREALTIME
id=$(say -d '{"user":{"id":"ann"}}' "$base/v3/directline/conversations" | sed 's/.*"conversationId":"\([^"]*\)".*/\1/')
say -d '{"type":"message","text":"hello","from":{"id":"ann"}}' "$base/v3/directline/conversations/$id/activities" >/dev/null
reply=$(say "$base/v3/directline/conversations/$id/activities")
end=$EPOCHREALTIME
case $reply in
*'Echo: hello'*) ;;
*) echo "the agent did not answer hello: $reply" && exit 1 ;;
esac
awk -v begin="$begin" -v printed="$printed" -v end="$end" -v limit="${LIMIT:-120}" -v cores="$(nproc)" 'BEGIN {
  printf "from clone to first reply: %.1f s on %d cores, %.2f s of it after the start\n", end - begin, cores, end - printed
  if (end - begin > limit) { printf "that is more than %d s\n", limit; exit 1 }
}'
