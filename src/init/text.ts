/** The files that `coterie init` writes. */

export function manifestText(name: string, input: string, store: string): string {
  return `# yaml-language-server: $schema=schema/manifest.schema.json
#
# One run: its input, the samples held out for evaluation, and where results go. Options that are left
# out have their defaults. \`coterie schema cluster\` prints the options of a stage;
# \`coterie plan manifest.yaml\` shows what a run would do.
name: ${name}
pipeline: mode

# The crawl: parquet (captions with URLs or with image bytes), WebDataset tars, or the output of
# img2dataset. A folder, a file, a pattern (crawl/{00000..00099}.tar, crawl/*.parquet), s3://bucket/prefix,
# or a list of these.
input:
  uri: ${JSON.stringify(input)}
  format: auto

# Held out of training. Samples that share an image are either all held out or all trained on.
holdout: { share: 0.05, seed: 5 }

# Evaluation sets. The hold-out needs no \`uri\`; your own sets do.
evaluation:
  heldout:
    type: retrieval
    from: holdout

# Where results are kept: a folder outside of the crawl, or s3://bucket/prefix.
store: ${store === 'store' ? store : JSON.stringify(store)}

stages:
  cluster:
    fine: 128       # fine clusters; use 1024 for a million pairs or more
    experts: 4      # groups of fine clusters; one model is trained per group
    seed: 17
`
}

export function readmeText(name: string): string {
  return `# ${name}

Data experts, made with Coterie. Put the crawl where \`input.uri\` in \`manifest.yaml\` points, then run:

\`\`\`sh
coterie validate manifest.yaml    # lists every mistake in the manifest
coterie plan manifest.yaml        # shows what would run, and why
coterie run manifest.yaml         # runs every task without a result; prints the path of the report
coterie verify manifest.yaml      # re-reads the results and compares them with the lock
\`\`\`

Keep \`manifest.yaml\` and \`manifest.lock.json\` under version control: with them, a rerun produces the same
shards byte for byte. Editors use \`schema/\` to complete and check manifests; \`coterie schema\` prints the
schemas of the installed version.
`
}

export const gitignoreText = `/store/
/crawl/
`
