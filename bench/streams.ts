import { isStreamPushed, REPOSITORY } from './pushed.js'
import type { Contestant, Scenario } from './scenario.js'

const TARGET = `$REGISTRY/${REPOSITORY}`

/** An image of stream.sh. */
type Image = 'image' | 'config'

/** `latest` is a tag by default. */
const ours = (image: Image, tag = 'latest'): Contestant => ({
  name: 'nix-multiarch publish',
  script:
    `nix-multiarch publish --flake path:$STREAM/${image} --containers stream --systems x86_64-linux ` +
    `--image ${TARGET}${tag === 'latest' ? '' : ` --tags ${tag}`}`,
  check: isStreamPushed(tag),
})

/** The script of the tests instead of that of nixpkgs, which takes as long. */
const scriptToSkopeo = (image: Image, tag = 'latest'): Contestant => ({
  name: 'stream script to skopeo copy',
  peer: 'skopeo',
  script:
    `/usr/bin/python3 $STREAM_SCRIPT $STREAM/${image}.json | ` +
    `skopeo copy --dest-tls-verify=false docker-archive:/dev/stdin docker://${TARGET}:${tag}`,
  check: isStreamPushed(tag),
})

const WAYS = [ours, scriptToSkopeo]

const afterFirstPush = (way: (typeof WAYS)[number], contestant: Contestant): Contestant => ({
  ...contestant,
  before: way('image').script,
})

export const STREAMS: readonly Scenario[] = [
  {
    name: 'push-stream',
    title: 'Push of a stream, cold: 31 layers to one tag',
    about:
      'The image of one platform, from its description. The registry is empty before each run. Ours does not run the script.',
    registry: 'fresh',
    contestants: WAYS.map(way => way('image')),
  },
  {
    name: 'push-stream-config',
    title: 'Push of a stream whose config has changed',
    about:
      'Before each run, the registry contains the previous image, pushed by the same contestant. A variable has changed; all layers are the same.',
    registry: 'restored',
    contestants: WAYS.map(way => afterFirstPush(way, way('config'))),
  },
  {
    name: 'push-stream-tag',
    title: 'Push of an unchanged stream under a new tag',
    about:
      'Before each run, the registry contains the same image under the tag `latest`, pushed by the same contestant.',
    registry: 'restored',
    contestants: WAYS.map(way => afterFirstPush(way, way('image', 'new'))),
  },
]
