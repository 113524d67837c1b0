import { expect, test } from '@jest/globals'
import { networkVariables } from '../../src/http/network-variables.js'

test('a program knows the way out, and nothing else of us', () => {
  const env = { https_proxy: 'a', HTTP_PROXY: 'b', no_proxy: 'c', all_proxy: '', GITHUB_TOKEN: 'd' }
  expect(networkVariables(env)).toEqual({ https_proxy: 'a', HTTP_PROXY: 'b', no_proxy: 'c' })
})
