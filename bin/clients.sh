#!/bin/sh
# Lints the API's document, and generates and compiles typed clients from it: `make clients`.
# Everything is made in build/clients; examples/typescript/schema.d.ts is compared with what is made.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
work=build/clients
mkdir -p "$work"

$python manage.py openapi > "$work/openapi.json"

cp examples/typescript/package.json "$work/"
npm install --prefix "$work" --no-audit --no-fund --loglevel=error
bin="$work/node_modules/.bin"
"$bin/redocly" lint "$work/openapi.json" --config redocly.yaml
"$bin/spectral" lint "$work/openapi.json" --ruleset .spectral.yaml --fail-severity warn

"$bin/openapi-typescript" "$work/openapi.json" --output "$work/schema.d.ts"
cmp "$work/schema.d.ts" examples/typescript/schema.d.ts || {
  echo "The types differ: copy $work/schema.d.ts to examples/typescript/." >&2
  exit 1
}
if grep -nE '(:|<|\||as) *any\b' examples/typescript/*.ts; then
  echo "The client is to have no “any”." >&2
  exit 1
fi
"$bin/tsc" --project examples/typescript/tsconfig.json
echo "The TypeScript client compiles."

$python -m venv "$work/python"
"$work/python/bin/python" -m pip install --quiet --disable-pip-version-check \
  -r bin/requirements-clients.txt
rm -rf "$work/prevent_client"
"$work/python/bin/openapi-python-client" generate --path "$work/openapi.json" \
  --output-path "$work/prevent_client" --meta none --overwrite
"$work/python/bin/python" -m mypy --config-file= "$work/prevent_client"
echo "The Python client passes the type checker."
