locals {
  store_arn = "${var.bucket_arn}/${var.prefix}"
  batch_arn = "arn:${local.partition}:batch:${local.region}:${local.account}"
  log_arn   = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/${var.name}/jobs"

  # What a stage reads in addition to the store.
  reads = {
    ingest   = var.inputs
    embed    = var.models
    write    = var.inputs
    train    = concat(var.inputs, var.models)
    evaluate = var.evaluation
  }
  stage_reads = { for stage in var.stages : stage => lookup(local.reads, stage, []) }
  all_reads   = distinct(concat(var.inputs, var.models, var.evaluation))

  # IfExists: S3 reports a missing object as missing, not as "denied", only if this permission covers requests without a prefix.
  list_store = {
    Sid       = "ListStore"
    Effect    = "Allow"
    Action    = "s3:ListBucket"
    Resource  = var.bucket_arn
    Condition = { StringLikeIfExists = { "s3:prefix" = ["${var.prefix}/*"] } }
  }
  read_store = {
    Sid      = "ReadStore"
    Effect   = "Allow"
    Action   = "s3:GetObject"
    Resource = "${local.store_arn}/*"
  }
  # Heartbeats, claims, checkpoints: state that may be overwritten, and lost without harm.
  write_live = {
    Sid      = "WriteLive"
    Effect   = "Allow"
    Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    Resource = "${local.store_arn}/_live/*"
  }
  clear_live = {
    Sid      = "ClearLive"
    Effect   = "Allow"
    Action   = "s3:DeleteObject"
    Resource = "${local.store_arn}/_live/*"
  }
  use_keys = [for arns in [var.kms_key_arns] : {
    Sid      = "UseKeys"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = arns
  } if length(arns) > 0]

  # A stage reads its inputs, creates under its own prefix, and deletes no result.
  stage_policies = {
    for stage, reads in local.stage_reads : stage => {
      Version = "2012-10-17"
      Statement = concat(
        [
          local.list_store,
          local.read_store,
          local.write_live,
          local.clear_live,
          {
            Sid    = "CreateOnce"
            Effect = "Allow"
            Action = "s3:PutObject"
            # Marks and the index let a task take over an equal result; the first one sets the store's format.
            Resource = [
              "${local.store_arn}/${stage}/*",
              "${local.store_arn}/_adopted/${stage}/*",
              "${local.store_arn}/_index/${stage}/*",
              "${local.store_arn}/_format.json",
            ]
            Condition = { Null = { "s3:if-none-match" = "false" } }
          },
          {
            Sid       = "UploadParts"
            Effect    = "Allow"
            Action    = "s3:PutObject"
            Resource  = "${local.store_arn}/${stage}/*"
            Condition = { Bool = { "s3:ObjectCreationOperation" = "false" } }
          },
          {
            Sid      = "AbortOwnUploads"
            Effect   = "Allow"
            Action   = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
            Resource = "${local.store_arn}/${stage}/*"
          },
        ],
        [for statement in [
          {
            Sid      = "ReadInputs"
            Effect   = "Allow"
            Action   = ["s3:GetObject", "s3:GetObjectVersion"]
            Resource = [for place in reads : "arn:${local.partition}:s3:::${place}*"]
          },
          {
            Sid      = "ListInputs"
            Effect   = "Allow"
            Action   = "s3:ListBucket"
            Resource = distinct([for place in reads : "arn:${local.partition}:s3:::${split("/", place)[0]}"])
            Condition = {
              StringLike = { "s3:prefix" = distinct([for place in reads : "${join("/", slice(split("/", place), 1, length(split("/", place))))}*"]) }
            }
          },
        ] : statement if length(reads) > 0],
        local.use_keys,
      )
    }
  }

  # Plans, submits, follows, cancels. Cannot define jobs, use other queues, or change a result.
  submitter_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        local.list_store,
        local.read_store,
        local.write_live,
        {
          Sid    = "CreateLists"
          Effect = "Allow"
          Action = "s3:PutObject"
          Resource = [
            "${local.store_arn}/_format.json",
            "${local.store_arn}/_index/*",
            "${local.store_arn}/_jobs/*",
            "${local.store_arn}/_locks/*",
            "${local.store_arn}/_plugins/*",
            "${local.store_arn}/_probe/*",
          ]
          Condition = { Null = { "s3:if-none-match" = "false" } }
        },
        # A run that ends again with the same lock renews its registration.
        {
          Sid      = "RegisterRuns"
          Effect   = "Allow"
          Action   = "s3:PutObject"
          Resource = "${local.store_arn}/_snapshots/*"
        },
        {
          Sid       = "Submit"
          Effect    = "Allow"
          Action    = "batch:SubmitJob"
          Resource  = ["${local.batch_arn}:job-queue/${var.name}-*", "${local.batch_arn}:job-definition/${var.name}-*"]
          Condition = { StringEquals = { "aws:RequestTag/coterie" = var.name } }
        },
        {
          Sid       = "TagWhatIsSubmitted"
          Effect    = "Allow"
          Action    = "batch:TagResource"
          Resource  = "${local.batch_arn}:job/*"
          Condition = { StringEquals = { "aws:RequestTag/coterie" = var.name } }
        },
        {
          Sid       = "StopOwnJobs"
          Effect    = "Allow"
          Action    = ["batch:TerminateJob", "batch:CancelJob"]
          Resource  = "${local.batch_arn}:job/*"
          Condition = { StringEquals = { "aws:ResourceTag/coterie" = var.name } }
        },
        # These actions do not support resource-level permissions.
        {
          Sid      = "LookAtJobs"
          Effect   = "Allow"
          Action   = ["batch:DescribeJobs", "batch:ListJobs"]
          Resource = "*"
        },
        {
          Sid      = "ReadLogs"
          Effect   = "Allow"
          Action   = "logs:GetLogEvents"
          Resource = "${local.log_arn}:log-stream:*"
        },
      ],
      [for statement in [
        {
          Sid      = "ReadInputs"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = [for place in local.all_reads : "arn:${local.partition}:s3:::${place}*"]
        },
        {
          Sid      = "ListInputs"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = distinct([for place in local.all_reads : "arn:${local.partition}:s3:::${split("/", place)[0]}"])
          Condition = {
            StringLike = { "s3:prefix" = distinct([for place in local.all_reads : "${join("/", slice(split("/", place), 1, length(split("/", place))))}*"]) }
          }
        },
      ] : statement if length(local.all_reads) > 0],
      local.use_keys,
    )
  }

  # The only policy that deletes results. It writes only its own notes.
  cleaner_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        local.list_store,
        local.read_store,
        {
          Sid      = "Delete"
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:AbortMultipartUpload"]
          Resource = "${local.store_arn}/*"
        },
        {
          Sid      = "ListUploads"
          Effect   = "Allow"
          Action   = "s3:ListBucketMultipartUploads"
          Resource = var.bucket_arn
        },
        {
          Sid      = "WriteNotes"
          Effect   = "Allow"
          Action   = "s3:PutObject"
          Resource = "${local.store_arn}/_live/garbage.json"
        },
      ],
      local.use_keys,
    )
  }

  execution_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${local.log_arn}:*"
        },
      ],
      [for statement in [
        # This action does not support resource-level permissions.
        {
          Sid      = "SignIn"
          Effect   = "Allow"
          Action   = "ecr:GetAuthorizationToken"
          Resource = "*"
        },
        {
          Sid      = "Pull"
          Effect   = "Allow"
          Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
          Resource = var.repository_arns
        },
      ] : statement if length(var.repository_arns) > 0],
    )
  }
}
