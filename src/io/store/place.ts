/**
 * Where S3 is and how to speak to it. Comes from the profile; what is left out comes from the usual AWS
 * environment.
 */
export interface Place {
  /** `https://host:port` of an S3-compatible server; left out means AWS itself (or `AWS_ENDPOINT_URL_S3`). */
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  /**
   * `bucket` in the path instead of the host name; most compatible servers want it. Defaults to true where an
   * endpoint is given.
   */
  readonly path_style?: boolean | undefined
  /** Section of the AWS credentials and config files. */
  readonly credentials_profile?: string | undefined
  /**
   * `when_required` leaves out the SDK's default checksums, which some compatible servers refuse or store.
   * Defaults to that where an endpoint is given.
   */
  readonly checksums?: 'when_required' | 'when_supported' | undefined
  /** Requests under way at once; halved when the server asks to slow down. Defaults to 32. */
  readonly max_connections?: number | undefined
  /**
   * Bytes of one part of a multipart upload; larger files than this are sent in parts. Defaults to 16 MiB; S3
   * wants at least 5 MiB.
   */
  readonly part_megabytes?: number | undefined
  /** A body that brings no byte for this long is cut and resumed. Defaults to 20. */
  readonly idle_timeout_seconds?: number | undefined
  /** A request is repeated for at most this long after its first failure. Defaults to 120. */
  readonly retry_seconds?: number | undefined
}
