import type { CatalogueSet } from './catalogue-set.js'
import { patterns } from './patterns.js'

/** The context of Croissant 1.1 (MLCommons), copied from its specification. */
const context = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  arrayShape: 'cr:arrayShape',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  containedIn: 'cr:containedIn',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  description: { '@container': '@language' },
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isArray: 'cr:isArray',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  name: { '@container': '@language' },
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  samplingRate: 'cr:samplingRate',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
}

/** A JSON-LD description: every shard with its digest, and one set of captions per expert. */
export function croissant(sets: readonly CatalogueSet[]): object {
  const files = sets.flatMap(({ files }) =>
    files.map(({ path, size, sha256 }) => ({
      '@type': 'cr:FileObject',
      '@id': path,
      name: path,
      contentUrl: path,
      contentSize: `${size} B`,
      encodingFormat: path.endsWith('.tar') ? tar : parquet,
      sha256,
    })),
  )
  const filled = sets.filter(({ files }) => files.length > 0)
  return {
    '@context': context,
    '@type': 'sc:Dataset',
    name: 'data-experts',
    description: 'Image-caption pairs in one training set for each cluster of captions.',
    conformsTo: 'http://mlcommons.org/croissant/1.1',
    distribution: [...files, ...filled.map(fileSet)],
    recordSet: filled.map((set) => ({
      '@type': 'cr:RecordSet',
      '@id': set.name,
      name: set.name,
      field: [
        {
          '@type': 'cr:Field',
          '@id': `${set.name}/caption`,
          name: 'caption',
          dataType: 'sc:Text',
          source: {
            fileSet: { '@id': `captions-${set.name}` },
            extract: tarsOf(set).length > 0 ? { fileProperty: 'content' } : { column: 'caption' },
          },
        },
      ],
    })),
  }
}

const tar = 'application/x-tar'
const parquet = 'application/x-parquet'

const tarsOf = ({ files }: CatalogueSet) => files.filter(({ path }) => path.endsWith('.tar'))

/** Locates a set's captions: members of its tars, or a column of its parquet files. */
function fileSet(set: CatalogueSet): object {
  const head = { '@type': 'cr:FileSet', '@id': `captions-${set.name}`, name: `captions-${set.name}` }
  const tars = tarsOf(set)
  if (tars.length > 0)
    return {
      ...head,
      containedIn: tars.map(({ path }) => ({ '@id': path })),
      encodingFormat: 'text/plain',
      includes: '*.txt',
    }
  return { ...head, encodingFormat: parquet, includes: patterns(set) }
}
