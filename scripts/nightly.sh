#!/bin/sh
# The long checks, whole: what .ci/run does with a seeded subset.
set -eu
cd "$(dirname "$0")/.."
COTERIE_LONG=1 npm test
COTERIE_SEEDS=200 npx ava --timeout=10m test/property/store-faults.test.ts
npm run kill-test -- --kills 100
npm run bench -- all
