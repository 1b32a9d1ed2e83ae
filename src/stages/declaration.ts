import type { Fields, OptionsOf } from '../core/field.js'
import type { Json } from '../core/json.js'
import type { Facts, KnownFacts } from './facts.js'
import type { Earlier, Estimate, Partition, PartitionContext } from './planning.js'
import type { TaskContext } from './task-context.js'
import type { OneKind, TaskKinds } from './task-kinds.js'

/** A kind of artefact: what may be wired to what. Two ports fit if they name the same kind. */
export interface ArtefactKind {
  readonly name: string
  readonly doc: string
  /**
   * Files for people and other programs: no task that takes the artefact sees them, so that its result does
   * not depend on them.
   */
  readonly descriptions?: readonly string[] | undefined
}

export interface Port {
  readonly kind: ArtefactKind
  readonly optional?: boolean | undefined
}
export type Ports = { readonly [port: string]: Port }

/** Properties of a stage that do not depend on its options. */
export interface StageTraits {
  readonly name: string
  /** Raised whenever the same options and inputs would produce other bytes. */
  readonly version: number
  readonly doc: string
  readonly takes: Ports
  readonly makes: Ports
  /** Reads the run's input shards itself, so that their identities enter its fingerprints. */
  readonly reads_input?: boolean | undefined
  /** Works on images: a crawl of URLs alone is refused when it is planned. */
  readonly needs_images?: boolean | undefined
  /** Works on the manifest's evaluation sets: their definitions and files enter its fingerprints. */
  readonly reads_evaluation?: boolean | undefined
  /**
   * Facts of upstream stages that its tasks read while they run; others throw. A result is reused although
   * a fact that is not read changed. Undefined: all.
   */
  readonly reads_facts?: readonly (keyof KnownFacts)[] | undefined
  /** Its option `holdout` is the manifest's member of that name, so that a run has one hold-out. */
  readonly takes_holdout?: boolean | undefined
  /**
   * Its bytes can be rebuilt from the inputs and from the results of stages that are not rebuildable:
   * `verify --rebuild` does so.
   */
  readonly rebuildable?: boolean | undefined
  /**
   * Files that earlier versions did not write, although nothing else changed: where a finished task lacks
   * one, readers reconstruct its content from the task's notes.
   */
  readonly later_files?: readonly string[] | undefined
  /** Files of its first task that people read: the page of a run, and the same as JSON with `scores`. */
  readonly page?: { readonly html: string; readonly json: string } | undefined
  /** Libraries whose version can change numbers; their versions are named entries of the fingerprint. */
  readonly runtime?: readonly string[] | undefined
}

/** `T`: input ports, `O`: options, `K`: kinds of tasks. */
export interface StageDeclaration<
  T extends Ports,
  O extends Fields,
  K extends TaskKinds = OneKind,
> extends StageTraits {
  readonly takes: T
  readonly options: O
  /** Omitted if all tasks are alike. */
  readonly tasks?: K | undefined
  /**
   * Files other than the input that affect the result (models): name → path or URI. Their SHA-256 enters
   * the fingerprint.
   */
  readonly models?: ((options: OptionsOf<O>) => { readonly [name: string]: string }) | undefined
  /**
   * Whether its result has this hive partition (a `KEY=VALUE` folder above a shard) as a column, whose
   * value then enters its fingerprints.
   */
  readonly takes_partition?: ((options: OptionsOf<O>, column: string) => boolean) | undefined
  readonly partition: (context: PartitionContext<OptionsOf<O>>) => NoInfer<readonly Partition<K>[]>
  readonly facts?: ((options: OptionsOf<O>, upstream: Facts, earlier?: Earlier) => Facts) | undefined
  /**
   * The stage can continue an earlier run: `of` names its lock file or one artefact, `facts` reads the
   * facts of that artefact.
   */
  readonly earlier?:
    | {
        readonly of: (options: OptionsOf<O>) => string | undefined
        readonly facts: (read: (file: string) => Promise<Uint8Array>) => Promise<Facts>
      }
    | undefined
  /**
   * Options that do nothing in this configuration, whatever they are (`group.member` for one of a group
   * that has names of its own in fingerprints). A result is reused although they changed. May depend only
   * on other options and on the task.
   */
  readonly idle?: ((options: OptionsOf<O>, task: IdleTask) => readonly string[]) | undefined
  /** Mistakes that show only in combinations of options; each becomes a diagnostic at that option. */
  readonly check?: ((options: OptionsOf<O>, facts: Facts) => readonly OptionMistake[]) | undefined
  readonly estimate: (of: {
    rows: number
    bytes: number
    options: OptionsOf<O>
    partition: NoInfer<Partition<K>>
    facts: Facts
  }) => Estimate
  readonly load: () => Promise<{ run: (context: NoInfer<TaskContext<OptionsOf<O>, K>>) => Promise<void> }>
}

/** What the options that do nothing may depend on, besides options. */
export interface IdleTask {
  readonly kind: string
  readonly params: Json | undefined
}

export interface OptionMistake {
  /** Option name; `group.member` for a member of a group. */
  readonly option: string
  readonly message: string
  readonly hint?: string | undefined
}
