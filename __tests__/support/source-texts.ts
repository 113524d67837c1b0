import { parseSync } from '@swc/core'

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

// In the contexts in which Jest runs tests, each access of a global object is slow, and a tree has a million values.
const { isArray } = Array
const { values } = Object

/** The place of a value that is only known when the program runs. */
const HOLE = '…'

/**
 * Returns the texts of a TypeScript source: each string and template literal, concatenated with `+` where the source does that.
 * Texts without two words next to each other are left out, because they are not sentences.
 */
export function textsOf(source: string): string[] {
  const texts: string[] = []
  visit(parseSync(source, { syntax: 'typescript', target: 'es2024' }).body, texts)
  return texts.filter(text => /\p{L}{2,}[,:;.`)]* +\p{L}/u.test(text))
}

function visit(value: unknown, texts: string[]): void {
  if (isArray(value)) {
    for (const each of value) visit(each, texts)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const node = value as Node
  if (node.type === 'TsLiteralType') return
  const text = textOf(node)
  if (text !== undefined) texts.push(text)
  if (text === undefined || node.type === 'TemplateLiteral') visit(values(node), texts)
  else visitOperands(node, texts)
}

/** Visits the values in a concatenation, whose texts are part of its own text. */
function visitOperands({ left, right }: Node, texts: string[]): void {
  for (const operand of [left, right] as (Node | undefined)[]) {
    if (operand === undefined) continue
    if (operand.type === 'TemplateLiteral') visit(operand.expressions, texts)
    else if (textOf(operand) === undefined) visit(operand, texts)
    else visitOperands(operand, texts)
  }
}

/** The text of a literal or of a concatenation; `undefined` for other nodes. */
function textOf(node: Node): string | undefined {
  switch (node.type) {
    case 'StringLiteral':
      return node.value as string
    case 'TemplateLiteral':
      return (node.quasis as { cooked: string }[]).map(({ cooked }) => cooked).join(HOLE)
    case 'ParenthesisExpression':
      return textOf(node.expression as Node)
    case 'BinaryExpression': {
      if (node.operator !== '+') return undefined
      const [left, right] = [textOf(node.left as Node), textOf(node.right as Node)]
      return left === undefined && right === undefined ? undefined : (left ?? HOLE) + (right ?? HOLE)
    }
    default:
      return undefined
  }
}
