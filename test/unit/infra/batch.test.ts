import test from 'ava'
import { EvaluatedModule, type Value } from './evaluate-module.js'
import { batch, batchGiven, gpuGiven, stages, storage } from './modules.js'

type Any = any
const plain = new EvaluatedModule(batch, batchGiven)
const large = new EvaluatedModule(batch, gpuGiven)

const retryRules = [
  { action: 'RETRY', on_status_reason: 'Host EC2*', on_exit_code: null, on_reason: null },
  { action: 'RETRY', on_status_reason: null, on_exit_code: '75', on_reason: null },
  { action: 'EXIT', on_status_reason: null, on_exit_code: null, on_reason: '*' },
]

test('job definitions: one per stage with its own role, retried only for a lost machine and exit 75', (t) => {
  const definitions = plain.resource('aws_batch_job_definition.stage') as Any
  t.deepEqual(Object.keys(definitions).sort(), [...stages].sort())
  for (const [stage, definition] of Object.entries<Any>(definitions)) {
    t.is(definition.name, `coterie-${stage}`)
    t.deepEqual(definition.retry_strategy, [{ attempts: 5, evaluate_on_exit: retryRules }])
    t.deepEqual(definition.timeout, [{ attempt_duration_seconds: 72 * 3600 }])
    const container = JSON.parse(definition.container_properties)
    t.is(container.jobRoleArn, batchGiven.stage_role_arns[stage])
    t.is(container.executionRoleArn, batchGiven.execution_role_arn)
    t.is(container.image, 'images/coterie-data:1')
    t.true(container.readonlyRootFilesystem)
    t.false(container.privileged)
    const mounted = container.mountPoints.map((point: Any) => point.sourceVolume)
    t.deepEqual(
      mounted,
      container.volumes.map((volume: Any) => volume.name),
    )
    t.true(container.mountPoints.some((point: Any) => point.containerPath === '/scratch' && !point.readOnly))
    t.is(container.logConfiguration.options['awslogs-group'], '/coterie/jobs')
    t.deepEqual(
      container.resourceRequirements.map((one: Any) => one.type),
      ['VCPU', 'MEMORY'],
    )
  }
})

test('with GPUs, only train uses them, on several machines where requested', (t) => {
  const definitions = large.resource('aws_batch_job_definition.stage') as Any
  const train = JSON.parse(definitions.train.container_properties)
  t.is(train.image, 'images/coterie-trainer:1')
  t.deepEqual(train.resourceRequirements, [
    { type: 'VCPU', value: '96' },
    { type: 'MEMORY', value: '1126400' },
    { type: 'GPU', value: '8' },
  ])
  t.is(train.linuxParameters.sharedMemorySize, 8192)
  t.is(JSON.parse(definitions.ingest.container_properties).image, 'images/coterie-data:1')
  const [nodes] = large.resource('aws_batch_job_definition.nodes') as Any[]
  t.is(nodes.type, 'multinode')
  t.deepEqual(nodes.retry_strategy[0].evaluate_on_exit, retryRules)
  const properties = JSON.parse(nodes.node_properties)
  t.is(properties.numNodes, 2)
  t.deepEqual(properties.nodeRangeProperties[0].container, train)
  t.deepEqual(plain.resource('aws_batch_job_definition.nodes'), [])
})

test('queues: Spot first, multi-node jobs never on Spot', (t) => {
  const order = (module: EvaluatedModule) =>
    Object.fromEntries(
      Object.entries(module.resource('aws_batch_job_queue.this') as Any).map(([key, queue]: Any) => [
        key,
        queue.compute_environment_order.map((one: Any) => one.compute_environment),
      ]),
    )
  t.deepEqual(order(plain), { cpu: ['arn:aws_batch_compute_environment:coterie-cpu-spot-'] })
  t.deepEqual(
    order(new EvaluatedModule(batch, { ...gpuGiven, cpu: { on_demand_vcpus: 16 }, gpu: { spot_vcpus: 96 } })),
    {
      cpu: [
        'arn:aws_batch_compute_environment:coterie-cpu-spot-',
        'arn:aws_batch_compute_environment:coterie-cpu-on-demand-',
      ],
      gpu: [
        'arn:aws_batch_compute_environment:coterie-gpu-spot-',
        'arn:aws_batch_compute_environment:coterie-gpu-on-demand-',
      ],
      nodes: ['arn:aws_batch_compute_environment:coterie-gpu-on-demand-'],
    },
  )
})

test('compute environments keep no machine running, and each has the instance types it needs', (t) => {
  const environments = new EvaluatedModule(batch, { ...gpuGiven, gpu: { spot_vcpus: 96 } }).resource(
    'aws_batch_compute_environment.this',
  ) as Any
  t.deepEqual(Object.keys(environments), ['cpu-spot', 'gpu-on-demand', 'gpu-spot'])
  for (const [
    key,
    {
      type,
      compute_resources: [resources],
    },
  ] of Object.entries<Any>(environments)) {
    t.is(type, 'MANAGED')
    t.is(resources.min_vcpus, 0)
    t.is(resources.type, key.endsWith('spot') ? 'SPOT' : 'EC2')
    t.is(
      resources.allocation_strategy,
      key.endsWith('spot') ? 'SPOT_PRICE_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE',
    )
    t.is(
      resources.ec2_configuration[0].image_type,
      key.startsWith('gpu') ? 'ECS_AL2023_NVIDIA' : 'ECS_AL2023',
    )
    t.true(resources.max_vcpus > 0)
  }
})

test('machines have an encrypted disk, metadata by token for the host only, no inbound access', (t) => {
  const template = plain.resource('aws_launch_template.machine') as Any
  t.deepEqual(template.metadata_options, [
    { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 },
  ])
  t.like(template.block_device_mappings[0].ebs[0], {
    encrypted: 'true',
    volume_type: 'gp3',
    volume_size: 500,
    delete_on_termination: 'true',
  })
  t.deepEqual(plain.resource('aws_vpc_security_group_ingress_rule.peers'), [])
  const [peers] = large.resource('aws_vpc_security_group_ingress_rule.peers') as Any[]
  t.is(peers.referenced_security_group_id, peers.security_group_id, 'only machines of the same group')
})

test('the bucket has versions and encryption, no public access, and aborts old uploads', (t) => {
  const bucket = new EvaluatedModule(storage, { bucket: 'team' })
  const get = (address: string): Any => bucket.resource(address)
  t.is(get('aws_s3_bucket_versioning.store').versioning_configuration[0].status, 'Enabled')
  t.is(
    get('aws_s3_bucket_server_side_encryption_configuration.store').rule[0]
      .apply_server_side_encryption_by_default[0].sse_algorithm,
    'AES256',
  )
  t.like(get('aws_s3_bucket_public_access_block.store'), {
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  })
  const rules = get('aws_s3_bucket_lifecycle_configuration.store').rule
  t.deepEqual(rules[0].abort_incomplete_multipart_upload, [{ days_after_initiation: 7 }])
  t.deepEqual(rules[1].noncurrent_version_expiration, [{ noncurrent_days: 30 }])
  t.true(rules.every((rule: Any) => rule.status === 'Enabled' && rule.filter.length === 1))
  t.false(JSON.stringify(rules).includes('"days"'), 'nothing that is current ever expires')
  const keyed = new EvaluatedModule(storage, { bucket: 'team', kms_key_arn: 'arn:aws:kms:x:1:key/k' })
  const [rule] = (keyed.resource('aws_s3_bucket_server_side_encryption_configuration.store') as Any).rule
  t.deepEqual(rule.apply_server_side_encryption_by_default, [
    { sse_algorithm: 'aws:kms', kms_master_key_id: 'arn:aws:kms:x:1:key/k' },
  ])
  t.is(bucket.output('store') as Value, 's3://team/coterie')
})
