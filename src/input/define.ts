import type { Input } from './input.js'

type Definition<T> = Pick<Input<T>, 'name' | 'doc' | 'parse'> & Partial<Input<T>>

/** An input, with what most inputs have in common. */
export function define<T>(of: Definition<T>): Input<T> {
  return { placeholder: 'TEXT', default: '', on: 'both', repeats: false, ...of }
}
