const mount = 'mount it and write its path, or copy it to a folder or an S3 bucket'

/** Schemes that other tools know and Coterie does not read, with the way to go. */
const foreignSchemes: ReadonlyMap<string, string> = new Map([
  ['hf', 'download the data set with `hf download --repo-type dataset` and write the path of its folder'],
  ['gs', 'use the S3 interface: `s3://bucket/prefix` and `s3.endpoint: https://storage.googleapis.com`'],
  ['gcs', 'use the S3 interface: `s3://bucket/prefix` and `s3.endpoint: https://storage.googleapis.com`'],
  ['s3a', 'write `s3://`'],
  ['s3n', 'write `s3://`'],
  ...['az', 'abfs', 'abfss', 'adl', 'wasb', 'wasbs', 'hdfs', 'webhdfs', 'dbfs', 'ssh', 'sftp', 'smb'].map(
    (scheme) => [scheme, mount] as const,
  ),
  ...['http', 'https', 'ftp', 'ftps'].map(
    (scheme) => [scheme, 'download the files and write the path of their folder'] as const,
  ),
])

/** The scheme of a URI that no backend reads and what to do instead; undefined for all others. */
export function foreignScheme(uri: string): { scheme: string; hint: string } | undefined {
  const scheme = /^@?([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(uri)?.[1]?.toLowerCase()
  const hint = scheme === undefined ? undefined : foreignSchemes.get(scheme)
  return scheme === undefined || hint === undefined ? undefined : { scheme, hint }
}
