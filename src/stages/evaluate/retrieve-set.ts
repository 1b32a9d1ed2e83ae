import { recallName, recalls, type Direction } from '../../metrics/retrieval.js'
import { addOracle, measure, ranksOf, type Measured } from './measure.js'
import { routeOneByOne, routeTogether } from './route.js'
import { viewsWith, type ScoredSet, type Scoring } from './scoring.js'
import { transpose, type View } from './views.js'

/** A set of images with their own captions: each is searched by the other. */
export async function retrieveSet(scoring: Scoring): Promise<ScoredSet> {
  const { set, models, gemm, texts, route } = scoring
  const { name } = set.definition
  const images = set.positives.length
  const owners = ownersOf(set)

  const toText = routeTogether(name, 'corpus', texts, route)
  const textViews = viewsWith(toText.views, scoring)
  const textRanks = await ranksOf(models, textViews, set.positives, gemm)
  const toTextMeasured = measured(scoring, 'image_to_text', textViews, textRanks)

  const toImage = routeOneByOne(name, texts, route)
  const imageViews = viewsWith(toImage.views, scoring)
  const imageRanks = await ranksOf(await transpose(models), imageViews, owners, gemm)
  // Captions of one image are resampled together.
  const groups = Uint32Array.from(owners, ([image]) => image ?? 0)
  const toImageMeasured = measured(scoring, 'text_to_image', imageViews, imageRanks, groups)

  return {
    task: {
      name,
      type: 'retrieval',
      main_metric: recallName('text_to_image', 1),
      rows: images,
      classes: set.texts.length,
      chance: images === 0 ? 0 : 1 / images,
      majority: null,
    },
    scores: [...toImageMeasured.scores, ...toTextMeasured.scores],
    differences: [...toImageMeasured.differences, ...toTextMeasured.differences],
    routed: route.rules.length === 0 ? [] : [toText.described, toImage.described],
  }
}

/** Numbers of the images that each caption belongs to. */
export function ownersOf({
  texts,
  positives,
}: {
  readonly texts: readonly string[]
  readonly positives: readonly (readonly number[])[]
}): number[][] {
  const owners: number[][] = texts.map(() => [])
  positives.forEach((captions, image) => captions.forEach((caption) => owners[caption]!.push(image)))
  return owners
}

function measured(
  { set, options }: Scoring,
  direction: Direction,
  views: readonly View[],
  ranks: readonly Int32Array[],
  groups?: Uint32Array,
): Measured {
  const statistics = views.map(({ name }, view) => ({
    model: name,
    metrics: recalls(direction, ranks[view]!),
  }))
  return addOracle(
    measure(ranks[0]?.length ?? 0, statistics, {
      task: set.definition.name,
      rounds: options.rounds,
      seed: options.seed,
      compared: [recallName(direction, 1)],
      groups,
    }),
  )
}
