#!/usr/bin/env bash
# Fetches the prebuilt botframework-webchat bundle (MIT) and puts it where
# "go build -tags webchat" finds it. It is never committed.
set -euo pipefail
cd "$(dirname "$0")/../web/webchat"

version=4.18.1
integrity=sha512-7jpEUJ7olT62Xm+8eh7BhhIcXVfU2xD4pZDaeBt8K4XcNy6K/83UGIxE9BFkXmHMZ4hDEVOzs5cre07GWuaXzg==

if [ "$(cat bundle/integrity 2>/dev/null)" = "$integrity" ]; then
  exit # fetched before
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --pack-destination "$folder" "botframework-webchat@$version" >/dev/null
sum='require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64")'
got=sha512-$(node -p "$sum" "$folder"/*.tgz)
if [ "$got" != "$integrity" ]; then
  echo "botframework-webchat@$version is not the one expected: $got" >&2
  exit 1
fi
tar -xzf "$folder"/*.tgz -C "$folder" package/dist/webchat.js package/dist/webchat.js.LICENSE.txt
mkdir -p bundle
cp "$folder/package/dist/webchat.js.LICENSE.txt" bundle/
gzip -9 -n -c "$folder/package/dist/webchat.js" >bundle/webchat.js.gz
echo "$integrity" >bundle/integrity
