/** The files that `coterie init` writes. */

export function manifestText(name: string, input: string): string {
  return `# yaml-language-server: $schema=schema/manifest.schema.json
#
# One run: what goes in, what is kept out for evaluation, where results go. Every option that is not
# named takes its default; \`coterie schema cluster\` prints the options of a stage,
# \`coterie plan manifest.yaml\` what a run would do.
name: ${name}
pipeline: mode

# The crawl: parquet (captions with URLs or with image bytes), WebDataset tars, or the output of
# img2dataset. A folder, a file, a pattern (crawl/{00000..00099}.tar, crawl/*.parquet), a list of such, or
# s3://bucket/prefix.
input:
  uri: ${JSON.stringify(input)}
  format: auto

# Kept out of training. Samples that share an image stay on one side.
holdout: { share: 0.05, seed: 5 }

# What the experts are measured on. Sets of your own have a \`uri\`; the hold-out needs none.
evaluation:
  heldout:
    type: retrieval
    from: holdout

# Where results live: a folder beside this file, or s3://bucket/prefix.
store: store

stages:
  cluster:
    fine: 128       # fine clusters; 1024 suit a million pairs and more
    experts: 4      # groups of fine clusters, each with a model of its own
    seed: 17
`
}

export function readmeText(name: string): string {
  return `# ${name}

Data experts made with Coterie. Put the crawl where \`input.uri\` in \`manifest.yaml\` points, then:

\`\`\`sh
coterie validate manifest.yaml    # every mistake at once
coterie plan manifest.yaml        # what would run, and why
coterie run manifest.yaml         # runs what has no result yet; prints where the report lies
coterie verify manifest.yaml      # re-reads the results and compares with the lock
\`\`\`

Keep \`manifest.yaml\` and \`manifest.lock.json\` under version control: from the lock the same shards are
made again, byte for byte. \`schema/\` lets editors complete and check manifests; \`coterie schema\` prints
the schemas of the installed version.
`
}

export const gitignoreText = `/store/
/crawl/
`
