import { existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { newStateFolder, stateFolderAt } from '../../src/host/host.js'
import { withFolder } from '../nix/fakes.js'

const mode = (path: string): number => statSync(path).mode & 0o777

test('newStateFolder creates one folder, saves its path, finds it again, and removes it', () =>
  withFolder(async parent => {
    const told: string[] = []
    const kept = newStateFolder(undefined, parent, path => told.push(path))
    expect(kept.existing).toBeUndefined()
    const { path } = kept
    expect(told).toEqual([path])
    expect(dirname(kept.path)).toBe(parent)
    expect(mode(path)).toBe(0o700)
    writeFileSync(join(path, 'secret'), '')
    const later = newStateFolder(path, parent, () => told.push('again'))
    expect(later.existing).toBe(path)
    later.remove()
    expect(later.existing).toBeUndefined()
    expect(told).toEqual([path])
  }))

test('newStateFolder creates and removes nothing if it was not used', () =>
  withFolder(async parent => {
    const kept = newStateFolder('', parent, () => {})
    kept.remove()
    expect(kept.existing).toBeUndefined()
  }))

test('stateFolderAt is private and persists', () =>
  withFolder(async parent => {
    const place = join(parent, 'a', 'b')
    expect(stateFolderAt(place).existing).toBeUndefined()
    expect(stateFolderAt(place).path).toBe(place)
    expect(mode(place)).toBe(0o700)
    expect(stateFolderAt(place).existing).toBe(place)
    stateFolderAt(place).remove()
    expect(existsSync(place)).toBe(false)
  }))
