import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface StageCount {
  readonly stage: string
  readonly tasks: number
}

/**
 * Writes the same graph as a Snakemake workflow, as by hand: wildcard rules for the stages that work shard by
 * shard, and one rule for each other stage, with as many outputs as the stage has tasks. `outputs.txt` lists
 * all outputs in the order of the graph.
 */
export async function writeWorkflow(
  folder: string,
  shardFolder: string,
  shards: number,
  stages: readonly StageCount[],
): Promise<void> {
  const count = (name: string): number => stages.find(({ stage }) => stage === name)?.tasks ?? 0
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'Snakefile'), workflow(shardFolder, shards, count))
  const ofShards = (kind: string): string[] =>
    Array.from({ length: shards }, (_, shard) => `${kind}/${padded(shard)}`)
  const numbered = (kind: string, stage: string): string[] =>
    Array.from({ length: count(stage) }, (_, index) => `${kind}/${index}`)
  const last = [
    ...numbered('shards', 'write'),
    ...numbered('bundles', 'train'),
    ...numbered('scores', 'evaluate'),
    'report.html',
  ]
  const outputs = [
    ...ofShards('samples'),
    ...ofShards('vectors'),
    'centres',
    ...ofShards('assignments'),
    ...last,
  ]
  await writeFile(join(folder, 'outputs.txt'), outputs.join('\n'))
  await Promise.all(
    ['samples', 'vectors', 'assignments', 'shards', 'bundles', 'scores'].map((kind) =>
      mkdir(join(folder, kind), { recursive: true }),
    ),
  )
}

function workflow(shardFolder: string, shards: number, count: (stage: string) => number): string {
  return `SHARDS = [f"{n:05d}" for n in range(${shards})]
WRITE = ${count('write')}

rule all:
    input: "report.html"

rule ingest:
    input: "${shardFolder}/{shard}.parquet"
    output: "samples/{shard}"
    shell: "touch {output}"

rule embed:
    input: "samples/{shard}"
    output: "vectors/{shard}"
    shell: "touch {output}"

rule cluster:
    input: expand("vectors/{shard}", shard=SHARDS), expand("samples/{shard}", shard=SHARDS)
    output: "centres"
    shell: "touch {output}"

rule assign:
    input: "vectors/{shard}", "centres"
    output: "assignments/{shard}"
    shell: "touch {output}"

def group(wildcards):
    return SHARDS[int(wildcards.n)::WRITE]

rule write:
    input:
        lambda w: expand("samples/{shard}", shard=group(w)),
        lambda w: expand("assignments/{shard}", shard=group(w)),
    output: "shards/{n}"
    shell: "touch {output}"

rule train:
    input: expand("shards/{n}", n=range(WRITE)), "centres"
    output: "bundles/{n}"
    shell: "touch {output}"

rule evaluate:
    input: expand("bundles/{n}", n=range(${count('train')})), "centres"
    output: "scores/{n}"
    shell: "touch {output}"

rule report:
    input: expand("scores/{n}", n=range(${count('evaluate')}))
    output: "report.html"
    shell: "touch {output}"
`
}

function padded(shard: number): string {
  return String(shard).padStart(5, '0')
}
