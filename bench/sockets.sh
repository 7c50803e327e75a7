#!/usr/bin/env bash
# Conversations with one idle socket each, a message to all of them, and messages
# there and back, against outspoken demo; then the same against a bare WebSocket
# server. The client is a process of its own. Everything stays on 127.0.0.1.
#
#   ./sockets.sh                  10,000 sockets, all limits; about 2 minutes
#   ./sockets.sh -n 500 -t 3      a quick look, without limits
#
# Options: -n SOCKETS  -t SECONDS of messages  --settle SECONDS  --server FILE (an
# outspoken binary)  --no-floor  --limits / --no-limits
set -euo pipefail
cd "$(dirname "$0")"

n=10000 seconds=10 settle=10 server= floor=1 limits=
while [ $# -gt 0 ]; do
  case $1 in
    -n) n=$2; shift 2 ;;
    -t) seconds=$2; shift 2 ;;
    --settle) settle=$2; shift 2 ;;
    --server) server=$2; shift 2 ;;
    --no-floor) floor=0; shift ;;
    --limits) limits=1; shift ;;
    --no-limits) limits=0; shift ;;
    -h|--help) sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "sockets.sh: $1?" >&2; exit 2 ;;
  esac
done
[ -n "$limits" ] || { [ "$n" -ge 10000 ] && limits=1 || limits=0; }

need=$((n + 1000))
ulimit -n "$(ulimit -Hn)"
if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt $need ]; then
  echo "sockets.sh: $need open files are needed and $(ulimit -n) allowed; raise the limit or use -n" >&2
  exit 1
fi

mkdir -p out
out=$(cd out && pwd)
(cd sockets && go build -o "$out/sockbench" .)
if [ -z "$server" ]; then
  server=$out/outspoken
  (cd .. && go build -o "$server" ./cmd/outspoken)
fi

turn=0
if [ $floor = 1 ]; then
  ./run.sh --only floor-go --scenarios echo --rounds 3 -t 3 --out "$out/floor" >"$out/floor.log" 2>&1 || { cat "$out/floor.log"; exit 1; }
  turn=$(sed -n 's/.*"bot_cpu_s_per_1k":\([0-9.e-]*\).*/\1/p' "$out/floor/results.jsonl" | sort -g | sed -n 2p)
fi

pid= data=$(mktemp -d)
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; wait; rm -rf "$data"' EXIT

up() { # URL: waits until it answers
  for _ in $(seq 100); do
    if curl -fsS -o "$data/health" "$1" 2>"$data/why"; then return; fi
    sleep 0.1
  done
  cat "$data/why" >&2
  exit 1
}

echo "$(nproc) cores, $(go version | cut -d' ' -f3), load average $(cut -d' ' -f1-2 /proc/loadavg)"
flags=(-n "$n" -t "${seconds}s" -settle "${settle}s")
echo "== outspoken demo"
"$server" demo --addr 127.0.0.1:19797 --data "$data/demo" >"$out/demo.log" 2>&1 &
pid=$!
up http://127.0.0.1:19797/healthz
failed=0
limit=()
[ "$limits" = 1 ] && limit=(-max-kb 60 -max-fanout 3s -min-rate 1500)
"$out/sockbench" run -base http://127.0.0.1:19797 -pid $pid "${flags[@]}" -floor "$turn" ${limit[@]+"${limit[@]}"} || failed=1
kill $pid; wait $pid || true; pid=

echo "== a bare WebSocket server"
"$out/sockbench" bare -listen 127.0.0.1:19798 >"$out/bare.log" 2>&1 &
pid=$!
up http://127.0.0.1:19798/healthz
"$out/sockbench" run -bare -base http://127.0.0.1:19798 -pid $pid "${flags[@]}" -floor "$turn" || failed=1
kill $pid; wait $pid || true; pid=
exit $failed
