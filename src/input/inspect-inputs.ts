import { define } from './define.js'
import { flag } from './parse.js'

export const paths = define({
  name: 'paths',
  placeholder: '',
  on: 'cli',
  parse: flag,
  doc: 'Read every layer, and tell all the store paths in it with their sizes, uncompressed. Without it they are taken from what dockerTools writes into the config; where that says nothing, the layers of files are read, and those in a registry are not.',
})

export const diff = define({
  name: 'diff',
  placeholder: '',
  on: 'cli',
  parse: flag,
  doc: 'Compare two images, each a reference or a file: what somebody who has the first still has to fetch for the second, and which layers, store paths, settings and annotations differ. Ends with 0 whether they differ or not.',
})
