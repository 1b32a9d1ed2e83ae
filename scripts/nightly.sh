#!/bin/sh
# The long checks in full; .ci/run does a seeded subset.
set -eu
cd "$(dirname "$0")/.."
COTERIE_LONG=1 npm test
COTERIE_SEEDS=200 npx ava --timeout=10m test/property/store-faults.test.ts
COTERIE_SEEDS=1000 COTERIE_SHARDS=300 npx ava --timeout=24h test/simulation/simulation.test.ts
COTERIE_SEEDS=3 COTERIE_SHARDS=33000 npx ava --timeout=24h test/simulation/simulation.test.ts
npm run kill-test -- --kills 100
npm run bench -- all
