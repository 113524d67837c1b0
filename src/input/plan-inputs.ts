import { define } from './define.js'
import { flag, oneOf, optionalText } from './parse.js'
import { parseRunners } from './runners.js'

export const runners = define({
  name: 'runners',
  placeholder: 'SYSTEM=LABEL',
  repeats: true,
  parse: parseRunners,
  doc: 'The runner for each system, as `aarch64-linux=ubuntu-24.04-arm`, or with several labels as `aarch64-linux=[self-hosted, linux, arm64]`. What is named here builds its system itself. By default `x86_64-linux=ubuntu-24.04` and `aarch64-linux=ubuntu-24.04-arm`; every other system is emulated on the runner of x86_64-linux.',
})

export const group = define({
  name: 'group',
  placeholder: 'container|system',
  default: 'container',
  parse: oneOf('container', 'system'),
  doc: 'Whether each container has a job of its own for each system, or all containers of a system share one, and so its setting up. GitHub starts 256 jobs from one matrix at most; where there would be more, containers share them.',
})

export const force = define({
  name: 'force',
  placeholder: '',
  default: 'false',
  parse: flag,
  doc: 'Build all containers, also those that the registry has just as the flake describes them.',
})

export const planFile = define({
  name: 'plan',
  placeholder: 'FILE',
  on: 'cli',
  parse: optionalText,
  doc: 'Write the plan into this file, for `merge --plan`. On GitHub it is an artifact.',
})
