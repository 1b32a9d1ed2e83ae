import type { Picture } from './picture.js'

/**
 * Adds unusable rows, which every real crawl has. Emoji, flags and icons from packages have none, so a few
 * are made from pictures of the corpus, to show that such rows are dropped with a reason and counted: two
 * empty or blank captions, two truncated downloads, and one error page instead of a picture.
 */
export function spoiltRows(pictures: readonly Picture[]): Picture[] {
  const chosen = spoilings.map(
    (_, index) => pictures[Math.floor(((index + 0.5) * pictures.length) / spoilings.length)],
  )
  return chosen.flatMap((picture, index) => (picture ? [spoilings[index]!(picture)] : []))
}

const spoilings: readonly ((picture: Picture) => Picture)[] = [
  (picture) => ({ ...renamed(picture), caption: '' }),
  (picture) => ({ ...renamed(picture), caption: ' \t ' }),
  (picture) => ({ ...renamed(picture), bytes: picture.bytes.subarray(0, 12) }),
  (picture) => ({ ...renamed(picture), bytes: picture.bytes.subarray(0, 20) }),
  (picture) => ({
    ...renamed(picture),
    bytes: new TextEncoder().encode('<html><body><h1>404 Not Found</h1></body></html>'),
  }),
]

function renamed(picture: Picture): Picture {
  return { ...picture, name: `${picture.name}-again` }
}
