/**
 * `experts.json`: lists by fine cluster and by expert. Populations are sampled rows; those of a later expert
 * come from the sample that made it.
 */
export interface ExpertsFile {
  readonly fine_to_expert: readonly number[]
  readonly fine_population: readonly number[]
  readonly expert_population: readonly number[]
}
