#!/usr/bin/env bash
# Fails when a result file of bench/run.sh tells of a lost, doubled or wrong
# reply, or of an error.
set -euo pipefail
node -e '
const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map(JSON.parse)
if (!lines.length) { console.error("no results"); process.exit(1) }
let bad = 0
for (const r of lines)
  for (const k of ["errors", "lost", "duplicated", "wrong_text", "wrong_conversation", "bad_json", "bad_auth"])
    if (r[k] !== 0) { bad++; console.error(`${r.name} ${r.scenario} round ${r.round}: ${k} ${r[k]}`) }
process.exit(bad ? 1 : 0)
' "$1"
