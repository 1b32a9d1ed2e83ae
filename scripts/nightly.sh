#!/bin/sh
# The long checks, whole: what .ci/run does with a seeded subset.
set -eu
cd "$(dirname "$0")/.."
COTERIE_LONG=1 npm test
npm run kill-test -- --kills 100
npm run bench -- all
