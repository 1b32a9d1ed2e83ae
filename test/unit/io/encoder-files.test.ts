import test from 'ava'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PipelineError } from '../../../src/core/error.js'
import { localEncoderFolder, openEncoderFolder } from '../../../src/io/encoder-files.js'
import { memorySource } from '../../../src/io/source.js'

const remote = (listed: readonly string[]) => ({
  listUri: async () => listed,
  openUri: async (uri: string) => memorySource(uri, new TextEncoder().encode(uri)),
})

test('a prefix is listed and read through the task', async (t) => {
  const folder = openEncoderFolder(
    's3://models/minilm',
    remote(['s3://models/minilm/config.json', 's3://models/minilm/onnx/model.onnx']),
  )
  t.deepEqual(await folder.list(), ['config.json', 'onnx/model.onnx'])
  t.is(new TextDecoder().decode(await folder.read('onnx/model.onnx')), 's3://models/minilm/onnx/model.onnx')
  t.is(folder.path, undefined)
})

test('a listing that leaves its prefix is refused', async (t) => {
  const folder = openEncoderFolder('s3://models/minilm/', remote(['s3://models/other/config.json']))
  const error = await t.throwsAsync(folder.list(), { instanceOf: PipelineError })
  t.is(error?.code, 'E_ENCODER')
})

test('a local folder is walked in code unit order, through links as the hub cache has them', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'coterie-encoder-'))
  await mkdir(join(root, 'blobs'))
  await mkdir(join(root, 'snapshot', 'onnx'), { recursive: true })
  await writeFile(join(root, 'blobs', 'abc'), 'graph')
  await writeFile(join(root, 'snapshot', 'config.json'), '{}')
  await symlink(join(root, 'blobs', 'abc'), join(root, 'snapshot', 'onnx', 'model.onnx'))
  await symlink(join(root, 'nowhere'), join(root, 'snapshot', 'dangling'))
  const folder = localEncoderFolder(join(root, 'snapshot'))
  t.deepEqual(await folder.list(), ['config.json', 'onnx/model.onnx'])
  t.is(new TextDecoder().decode(await folder.read('onnx/model.onnx')), 'graph')
  t.deepEqual(await localEncoderFolder(join(root, 'gone')).list(), [])
  await rm(root, { recursive: true })
})
