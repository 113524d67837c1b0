import { expect, test } from '@jest/globals'
import { compactJson, splitJsonList, splitJsonObject } from '../../src/util/json-text.js'

test('white space is removed, but not in strings', () => {
  expect(compactJson(' { "a b" :\t[ 1 ,\r\n "c\\" d" , "\\\\" ] }\n')).toBe('{"a b":[1,"c\\" d","\\\\"]}')
  expect(compactJson('{"a":1}')).toBe('{"a":1}')
  expect(compactJson(' "a"')).toBe('"a"')
})

test('the texts of values are as in the text', () => {
  const text = '{"a":[1,{"b":"],"}],"\\u0063":1e2,"a":"x\\"}"}'
  expect([...splitJsonObject(text)]).toEqual([
    ['a', '"x\\"}"'],
    ['c', '1e2'],
  ])
  expect(splitJsonList('[[1,2],"a,]",{"b":[]}]')).toEqual(['[1,2]', '"a,]"', '{"b":[]}'])
  expect(splitJsonList('[]')).toEqual([])
})
