import test from 'ava'
import { EvaluatedModule } from './evaluate-module.js'
import { isAllowed, type Policy, type Request } from './iam.js'
import { bucketArn, identity, identityGiven, stages, storage } from './modules.js'

const roles = new EvaluatedModule(identity, identityGiven)
const bucket = new EvaluatedModule(storage, { bucket: 'team' })
const bucketPolicy = JSON.parse(
  String((bucket.resource('aws_s3_bucket_policy.store') as { policy: string }).policy).replaceAll(
    'arn:aws_s3_bucket:team',
    bucketArn,
  ),
) as Policy
const stagePolicies = Object.fromEntries(
  Object.entries(roles.resource('aws_iam_role_policy.stage') as { [stage: string]: { policy: string } }).map(
    ([stage, { policy }]) => [stage, JSON.parse(policy) as Policy],
  ),
)
const submitter = JSON.parse(
  (roles.resource('aws_iam_policy.submitter') as { policy: string }).policy,
) as Policy
const cleaner = JSON.parse(
  (roles.resource('aws_iam_role_policy.cleaner') as unknown as { policy: string }[])[0]!.policy,
) as Policy

const tls = { 'aws:SecureTransport': 'true' }
const get = (key: string, of = 'team'): Request => ({
  action: 's3:GetObject',
  resource: `arn:aws:s3:::${of}/${key}`,
  context: tls,
})
const put = (key: string, context: Request['context'] = {}): Request => ({
  action: 's3:PutObject',
  resource: `${bucketArn}/${key}`,
  context: { ...tls, 's3:ObjectCreationOperation': 'true', ...context },
})
const createOnce = (key: string) => put(key, { 's3:if-none-match': '*' })
const uploadPart = (key: string) => put(key, { 's3:ObjectCreationOperation': 'false' })
const list = (prefix: string, of = 'team'): Request => ({
  action: 's3:ListBucket',
  resource: `arn:aws:s3:::${of}`,
  context: { ...tls, 's3:prefix': prefix },
})
const remove = (key: string): Request => ({
  action: 's3:DeleteObject',
  resource: `${bucketArn}/${key}`,
  context: tls,
})
const jobs = 'arn:aws:batch:eu-central-1:111122223333'
const fingerprint = 'ab'.repeat(32)

const ask = (policy: Policy, request: Request) => isAllowed(request, policy, [bucketPolicy])

test('every stage of the registry has a role, and no two have the same write permissions', (t) => {
  t.deepEqual(Object.keys(stagePolicies).sort(), [...stages].sort())
  for (const stage of stages) {
    for (const other of stages) {
      t.is(
        ask(stagePolicies[stage]!, createOnce(`coterie/${other}/data/${fingerprint}/x`)),
        stage === other,
        `${stage} writes ${other}`,
      )
    }
  }
})

for (const stage of stages) {
  test(`${stage}: reads the store, creates once under its own prefix, deletes no result`, (t) => {
    const policy = stagePolicies[stage]!
    const record = `coterie/${stage}/records/${fingerprint}.json`
    t.true(ask(policy, get('coterie/ingest/records/x.json')))
    t.true(ask(policy, list('coterie/ingest/records/')))
    t.true(ask(policy, createOnce(record)))
    t.true(ask(policy, uploadPart(`coterie/${stage}/data/${fingerprint}/00000.tar`)))
    t.true(ask(policy, put('coterie/_live/beat/x')), 'live state may be overwritten')
    t.true(
      ask(policy, { action: 's3:AbortMultipartUpload', resource: `${bucketArn}/${record}`, context: tls }),
    )
    t.false(ask(policy, put(record)), 'a plain write of a result')
    t.false(ask(policy, put(record, { 's3:if-match': 'etag' })), 'a replacement of a result')
    for (const key of [
      `coterie/_adopted/${stage}/${fingerprint}/${fingerprint}`,
      `coterie/_index/${stage}/${fingerprint}/${fingerprint}`,
      'coterie/_format.json',
    ]) {
      t.true(ask(policy, createOnce(key)), 'a task may take over an equal result')
      t.false(ask(policy, put(key)))
      t.false(ask(policy, remove(key)))
    }
    for (const key of [
      'coterie/_locks/x.json',
      'coterie/_jobs/run/submissions/000000.json',
      `coterie/_adopted/other/${fingerprint}/${fingerprint}`,
    ])
      t.false(ask(policy, createOnce(key)))
    t.true(
      ask(policy, { action: 's3:ListBucket', resource: bucketArn, context: tls }),
      'a missing object is told as missing',
    )
    t.false(ask(policy, createOnce('elsewhere/x')))
    t.false(ask(policy, get('elsewhere/x')))
    t.false(ask(policy, list('')))
    t.false(ask(policy, list('elsewhere/')))
    t.true(ask(policy, remove('coterie/_live/claims/x')), 'and is all that is ever deleted')
    for (const key of [
      record,
      `coterie/${stage}/data/${fingerprint}/x`,
      'coterie/_jobs/run/x',
      'coterie/_locks/x',
    ])
      t.false(ask(policy, remove(key)))
    for (const action of [
      's3:DeleteObjectVersion',
      's3:PutBucketPolicy',
      's3:PutLifecycleConfiguration',
      's3:PutObjectAcl',
      's3:GetBucketPolicy',
    ]) {
      t.false(ask(policy, { action, resource: `${bucketArn}/${record}`, context: tls }), action)
    }
    for (const action of [
      'batch:SubmitJob',
      'iam:PassRole',
      'sts:AssumeRole',
      'logs:GetLogEvents',
      'ec2:DescribeInstances',
    ]) {
      t.false(ask(policy, { action, resource: '*' }), action)
    }
  })
}

test('inputs, models and evaluation sets are readable only by the stages that need them', (t) => {
  const readers = (key: string, of: string) =>
    stages.filter((stage) => ask(stagePolicies[stage]!, get(key, of)))
  t.deepEqual(readers('cc12m/00000.tar', 'crawl'), ['ingest', 'write', 'train'])
  t.deepEqual(readers('encoders/minilm/model.onnx', 'models'), ['embed', 'train'])
  t.deepEqual(readers('imagenet/0.tar', 'eval'), ['evaluate'])
  t.deepEqual(readers('secret/0.tar', 'crawl'), [])
  t.true(ask(stagePolicies.ingest!, list('cc12m/', 'crawl')))
  t.false(ask(stagePolicies.ingest!, list('secret/', 'crawl')))
  t.false(
    ask(stagePolicies.ingest!, { ...createOnce('cc12m/x'), resource: 'arn:aws:s3:::crawl/cc12m/x' }),
    'an input is never written',
  )
  const bare = new EvaluatedModule(identity, { bucket_arn: bucketArn }).resource(
    'aws_iam_role_policy.stage',
  ) as { [stage: string]: { policy: string } }
  t.false(isAllowed(get('cc12m/0', 'crawl'), JSON.parse(bare.ingest!.policy)))
})

test('the bucket refuses plain HTTP and every write that is not create-once, whatever a role allows', (t) => {
  const anything: Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  }
  t.true(ask(anything, createOnce('coterie/ingest/records/x.json')))
  t.true(ask(anything, uploadPart('coterie/write/data/x.tar')))
  t.false(ask(anything, put('coterie/ingest/records/x.json')))
  t.false(ask(anything, put('coterie/ingest/records/x.json', { 's3:if-match': 'etag' })))
  t.true(ask(anything, put('coterie/_live/plans/x.json', { 's3:if-match': 'etag' })))
  t.true(ask(anything, put('coterie/run-1/_live/plans/x.json')), 'a store below the prefix')
  t.false(
    ask(anything, {
      ...createOnce('coterie/x'),
      context: { 's3:if-none-match': '*', 'aws:SecureTransport': 'false' },
    }),
  )
  t.false(ask(anything, { ...get('coterie/x'), context: { 'aws:SecureTransport': 'false' } }))
})

test('the submitter may use its own queues, definitions and jobs, nothing else', (t) => {
  const tagged = { 'aws:RequestTag/coterie': 'coterie' }
  const submit = (resource: string, context: Request['context'] = tagged): Request => ({
    action: 'batch:SubmitJob',
    resource: `${jobs}:${resource}`,
    context,
  })
  t.true(ask(submitter, submit('job-queue/coterie-cpu')))
  t.true(ask(submitter, put('coterie/_snapshots/a.json')), 'equal runs renew their registration')
  t.false(ask(submitter, put('coterie/ingest/records/a.json')))
  t.true(ask(submitter, submit('job-definition/coterie-ingest')))
  t.true(ask(submitter, submit('job-definition/coterie-ingest:7')))
  t.false(ask(submitter, submit('job-queue/other-cpu')))
  t.false(ask(submitter, submit('job-definition/other')))
  t.false(
    ask(submitter, submit('job-queue/coterie-cpu', {})),
    'an untagged job could not be cancelled afterwards',
  )
  t.true(ask(submitter, { action: 'batch:TagResource', resource: `${jobs}:job/1`, context: tagged }))
  t.false(
    ask(submitter, {
      action: 'batch:TagResource',
      resource: `${jobs}:job-queue/coterie-cpu`,
      context: tagged,
    }),
  )
  for (const action of ['batch:TerminateJob', 'batch:CancelJob']) {
    t.true(
      ask(submitter, {
        action,
        resource: `${jobs}:job/1`,
        context: { 'aws:ResourceTag/coterie': 'coterie' },
      }),
    )
    t.false(
      ask(submitter, { action, resource: `${jobs}:job/1`, context: { 'aws:ResourceTag/coterie': 'other' } }),
    )
    t.false(ask(submitter, { action, resource: `${jobs}:job/1` }))
  }
  for (const action of ['batch:DescribeJobs', 'batch:ListJobs'])
    t.true(ask(submitter, { action, resource: '*' }))
  for (const action of [
    'batch:RegisterJobDefinition',
    'batch:CreateJobQueue',
    'batch:UpdateComputeEnvironment',
    'iam:PassRole',
  ]) {
    t.false(ask(submitter, { action, resource: '*', context: tagged }), action)
  }
  t.true(
    ask(submitter, {
      action: 'logs:GetLogEvents',
      resource: 'arn:aws:logs:eu-central-1:111122223333:log-group:/coterie/jobs:log-stream:task/default/1',
    }),
  )
  t.false(
    ask(submitter, {
      action: 'logs:GetLogEvents',
      resource: 'arn:aws:logs:eu-central-1:111122223333:log-group:/aws/other:log-stream:1',
    }),
  )
  t.true(ask(submitter, get('cc12m/0.parquet', 'crawl')))
  t.true(ask(submitter, put('coterie/_live/submissions/x.json')))
  for (const key of [
    'coterie/_locks/x.json',
    'coterie/_jobs/run/submissions/000000.json',
    `coterie/_plugins/${fingerprint}/plugin.json`,
    `coterie/_index/ingest/${fingerprint}/${fingerprint}`,
    'coterie/_format.json',
  ]) {
    t.true(ask(submitter, createOnce(key)))
    t.false(ask(submitter, put(key)))
  }
  t.false(
    ask(submitter, createOnce(`coterie/ingest/records/${fingerprint}.json`)),
    'nobody but a task makes a result',
  )
  t.false(ask(submitter, remove('coterie/_live/submissions/x.json')))
})

test('only the cleaner deletes, and it creates no results', (t) => {
  t.true(ask(cleaner, remove(`coterie/write/data/${fingerprint}/0.tar`)))
  t.true(ask(cleaner, put('coterie/_live/garbage.json')))
  t.true(ask(cleaner, { action: 's3:ListBucketMultipartUploads', resource: bucketArn, context: tls }))
  t.false(ask(cleaner, remove('elsewhere/x')))
  t.false(ask(cleaner, createOnce('coterie/write/data/x')))
  t.false(
    ask(cleaner, { action: 's3:DeleteObjectVersion', resource: `${bucketArn}/coterie/x`, context: tls }),
    'what was deleted can be brought back',
  )
  t.false(JSON.stringify(submitter).includes('Delete'))
  for (const { Statement } of Object.values(stagePolicies))
    t.deepEqual(
      Statement.filter(({ Action }) => String(Action).includes('Delete')).map(({ Sid }) => Sid),
      ['ClearLive'],
    )
})

test('roles can be assumed only by their own services and accounts', (t) => {
  const trust = (address: string) => roles.resource(address) as { [key: string]: any }
  for (const { assume_role_policy } of [
    ...Object.values(trust('aws_iam_role.stage')),
    trust('aws_iam_role.execution'),
  ]) {
    const [statement] = JSON.parse(assume_role_policy).Statement
    t.deepEqual(statement.Principal, { Service: 'ecs-tasks.amazonaws.com' })
    t.is(statement.Condition.StringEquals['aws:SourceAccount'], '111122223333')
  }
  t.deepEqual(JSON.parse(trust('aws_iam_role.machine').assume_role_policy).Statement[0].Principal, {
    Service: 'ec2.amazonaws.com',
  })
  t.deepEqual(JSON.parse(trust('aws_iam_role.cleaner')[0].assume_role_policy).Statement[0].Principal, {
    AWS: ['arn:aws:iam::111122223333:role/keeper'],
  })
  const machine = [...identity.resources].filter(([, body]) =>
    JSON.stringify(body).includes('aws_iam_role.machine'),
  )
  t.deepEqual(
    machine.map(([address]) => address).sort(),
    ['aws_iam_instance_profile.machine', 'aws_iam_role_policy_attachment.machine'],
    'a machine has no rights of its own in S3',
  )
  t.deepEqual(
    new EvaluatedModule(identity, { bucket_arn: bucketArn }).resource('aws_iam_role.cleaner'),
    [],
    'nobody deletes unless somebody was named',
  )
})

test('no policy allows wildcard actions, or all resources where the service supports naming them', (t) => {
  const execution = JSON.parse(
    (roles.resource('aws_iam_role_policy.execution') as { policy: string }).policy,
  ) as Policy
  for (const { Statement } of [submitter, cleaner, execution, ...Object.values(stagePolicies)]) {
    for (const statement of Statement) {
      t.false([statement.Action].flat().some((action) => action.includes('*')))
      if (statement.Resource === '*')
        t.true(
          ['batch:DescribeJobs,batch:ListJobs', 'ecr:GetAuthorizationToken'].includes(
            String(statement.Action),
          ),
        )
    }
  }
})
