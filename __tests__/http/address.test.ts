import { expect, test } from '@jest/globals'
import { redactUrl } from '../../src/http/address.js'

test.each([
  ['https://u:hush@h:8443/x?token=hush#hush', 'https://h:8443/x?…'],
  ['https://h/x', 'https://h/x'],
  ['git+https://u:hush@h/x?access_token=hush', 'git+https://h/x?…'],
  ['ssh://u:hush@h/x', 'ssh://h/x'],
  ['ftp://hush@h', 'ftp://h/'],
])('%s is shown as %s', (url, shown) => expect(redactUrl(new URL(url))).toBe(shown))
