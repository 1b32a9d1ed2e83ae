import type { CatalogueSet } from './catalogue.js'

/** The context of Croissant 1.1 (MLCommons), as its specification prints it. */
const context = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
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

/** A JSON-LD description: every shard with its digest, and one set of files an expert. */
export function croissant(sets: readonly CatalogueSet[]): object {
  const files = sets.flatMap(({ files }) =>
    files.map(({ path, size, sha256 }) => ({
      '@type': 'cr:FileObject',
      '@id': path,
      name: path,
      contentUrl: path,
      contentSize: `${size} B`,
      encodingFormat: path.endsWith('.tar') ? 'application/x-tar' : 'application/x-parquet',
      sha256,
    })),
  )
  const fileSets = sets
    .filter(({ files }) => files.some(({ path }) => path.endsWith('.tar')))
    .map(({ name, files }) => ({
      '@type': 'cr:FileSet',
      '@id': `captions-${name}`,
      name: `captions-${name}`,
      containedIn: files.filter(({ path }) => path.endsWith('.tar')).map(({ path }) => ({ '@id': path })),
      encodingFormat: 'text/plain',
      includes: '*.txt',
    }))
  return {
    '@context': context,
    '@type': 'sc:Dataset',
    name: 'data-experts',
    description: 'Image-caption pairs in one training set for each cluster of captions.',
    conformsTo: 'http://mlcommons.org/croissant/1.1',
    distribution: [...files, ...fileSets],
    recordSet: fileSets.map((set) => ({
      '@type': 'cr:RecordSet',
      '@id': set['@id'].replace('captions-', ''),
      name: set['@id'].replace('captions-', ''),
      field: [
        {
          '@type': 'cr:Field',
          '@id': `${set['@id'].replace('captions-', '')}/caption`,
          name: 'caption',
          dataType: 'sc:Text',
          source: { fileSet: { '@id': set['@id'] }, extract: { fileProperty: 'content' } },
        },
      ],
    })),
  }
}
