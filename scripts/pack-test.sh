#!/bin/sh
# Packs every package, installs them in an empty folder as a new user would, and runs `init` and the quickstart from there: no
# compiler and no Python on the PATH, no checkout, no .npmrc, and no install scripts. In a second folder `coterie` is installed alone:
# `init`, `plan` and `run --until write` work, and `quickstart` names the package that it needs. Keeps the folder and says where it
# is if something fails.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'status=$?; if [ $status -eq 0 ]; then rm -rf "$work"; else echo "kept $work" >&2; fi' EXIT

mkdir "$work/bin" "$work/packed" "$work/app" "$work/alone" "$work/home"
for tool in node npm npx sh bash env rm mkdir cp mv ln ls cat chmod dirname basename readlink sed uname tar gzip seq sleep touch; do
  path=$(command -v "$tool" || true)
  [ -z "$path" ] || ln -s "$path" "$work/bin/$tool"
done

echo "packing" >&2
(cd "$root" && npm pack --silent --workspaces --include-workspace-root --pack-destination "$work/packed" >/dev/null)
package=$(ls "$work"/packed/coterie-[0-9]*.tgz)
echo "packed $(wc -c <"$package") bytes" >&2

cd "$work/app"
# Keeps only the environment that a registry may need: settings inherited from npm would hide mistakes.
alone() {
  env -i PATH="$work/bin" HOME="$work/home" npm_config_cache="$work/cache" \
    ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
    ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} ${NO_PROXY:+NO_PROXY="$NO_PROXY"} \
    ${npm_config_registry:+npm_config_registry="$npm_config_registry"} \
    GLOBAL_AGENT_HTTP_PROXY=http://127.0.0.1:9 GLOBAL_AGENT_HTTPS_PROXY=http://127.0.0.1:9 "$@"
}
fresh() {
  echo '{ "name": "stranger", "version": "1.0.0", "private": true, "type": "module" }' >package.json
  alone npm install --no-audit --no-fund --ignore-scripts "$@"
  echo "node_modules: $(du -sm node_modules | cut -f1) MB" >&2
}
fresh "$work"/packed/*.tgz
for tool in cc gcc c++ python3; do
  if alone sh -c "command -v $tool" >/dev/null; then echo "$tool is on the PATH, so the test would prove nothing" >&2; exit 1; fi
done

alone npx --no-install coterie init started
alone npx --no-install coterie validate started/manifest.yaml
alone npx --no-install coterie quickstart "$@"
test -s quickstart-run/report.html
alone npx --no-install coterie run quickstart-run/quickstart.yaml --json >second.json
alone node -e '
  const { stages } = JSON.parse(process.getBuiltinModule("fs").readFileSync("second.json", "utf8"))
  const executed = stages.reduce((sum, stage) => sum + stage.executed, 0)
  if (executed > 0) { console.error(`the second run executed ${executed} tasks`); process.exit(1) }
'

# The examples of plugins, each as its folder says.
for example in min-words word-hash nearest-only; do
  cp -r "$root/examples/$example" .
  ln -s "$work/app/quickstart-run/crawl" "$example/crawl"
  alone npx --no-install coterie run "$example/manifest.yaml" --trust
done
cp -r "$root/examples/background-jobs" .
ln -s "$work/app/quickstart-run/crawl" background-jobs/crawl
alone npx --no-install coterie run background-jobs/manifest.yaml --profile background-jobs/profile.yaml

cd "$work/alone"
fresh "$package"
for name in @iconify-json emojilib vega vega-lite coterie-quickstart; do
  if [ -e "node_modules/$name" ]; then echo "coterie alone installs $name" >&2; exit 1; fi
done
status=0
alone npx --no-install coterie quickstart 2>said || status=$?
cat said >&2
[ "$status" -eq 2 ] && grep -q 'npm install coterie-quickstart' said || { echo 'quickstart does not name its package' >&2; exit 1; }
[ ! -e quickstart-run ] || { echo 'quickstart left a folder behind' >&2; exit 1; }
alone npx --no-install coterie init started --input "$work/app/quickstart-run/crawl"
alone npx --no-install coterie plan started/manifest.yaml
alone npx --no-install coterie run started/manifest.yaml --until write --set cluster.fine=16 --set cluster.experts=2
# The types, with TypeScript 5, strict, and without skipLibCheck.
alone npm install --no-audit --no-fund --ignore-scripts typescript@5.9.3
cp "$root"/examples/api/*.ts .
alone npx --no-install tsc --noEmit --strict --module nodenext --target es2023 ./*.ts
cp -r "$root"/examples/min-words "$root"/examples/word-hash "$root"/examples/nearest-only "$root"/examples/background-jobs .
alone npm install --no-audit --no-fund --ignore-scripts @types/node@20
alone npx --no-install tsc --noEmit --allowJs --checkJs --strict --noImplicitAny false --module nodenext --target es2023 \
  --types node ./*/plugin.js
alone node -e 'import("coterie/run").then(({ plan }) => plan("started/manifest.yaml")).then(({ stages }) => console.log(stages.length))'
echo "the packed packages work: $(cd "$work/packed" && ls | tr '\n' ' ')"
