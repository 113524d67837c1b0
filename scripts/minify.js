import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import remapping from '@jridgewell/remapping'
import { decode } from '@jridgewell/sourcemap-codec'
import { minify } from 'terser'

const MODULE_MARK = '$_$'

/**
 * Minifies a script of ncc and returns its code and its source map, which leads to `src`. ncc minifies its first script only. Names
 * that a stack trace shows are kept, and expressions are not rewritten.
 *
 * @param script `{ name, code, map }`: the file name, the code, and the source map as an object
 * @param root the absolute path of the checkout
 * @param depth the path from the folder of the script to the root of the checkout, such as `../..`
 */
export async function minifyScript({ name, code, map }, { root, depth }) {
  const minified = await minify(markModules(code), {
    module: true,
    ecma: 2020,
    compress: false,
    keep_classnames: true,
    keep_fnames: true,
    mangle: { reserved: findArrowNames(code) },
    // Node.js prints the line of an uncaught exception.
    format: { comments: false, max_line_len: 500 },
    sourceMap: { content: map, asObject: true },
  })
  return {
    code: `${unmarkModules(minified.code)}\n//# sourceMappingURL=${name}.map\n`,
    map: await mapToSources(minified.map, { root, depth }),
  }
}

/**
 * webpack encloses the function of a module in parentheses, so that V8 compiles the function while it reads the script. Without
 * parentheses, V8 reads the function twice. terser removes them, but keeps a call: the mark makes them a call.
 */
function markModules(code) {
  if (code.includes(MODULE_MARK)) throw new Error(`a script uses the name ${MODULE_MARK}`)
  return code.replace(/^(\/\*{3}\/ )(?=\((?:\([^()]*\) =>|function\())/gm, `$1${MODULE_MARK}`)
}

/** Replaces each mark with spaces, because a source map counts columns. */
function unmarkModules(code) {
  return code.replaceAll(MODULE_MARK, ' '.repeat(MODULE_MARK.length))
}

/** Returns the names of variables that are set to an arrow function: stack traces show them. */
function findArrowNames(code) {
  const names = code.matchAll(/\b(?:const|let|var) ([\w$]+) = (?:async )?(?:\([^()]*\)|[\w$]+) =>/g)
  return [...names].map(([, name]) => name)
}

/** Combines a map to `lib` with the compiler's maps to `src`. The map does not contain the sources: a checkout has them. */
async function mapToSources(map, { root, depth }) {
  const compiledMaps = new Map()
  for (const source of map.sources.filter(isCompiled)) {
    compiledMaps.set(source, await readLineMap(join(root, `${source}.map`)))
  }
  const combined = remapping(withoutNames(map), source => compiledMaps.get(source), { excludeContent: true })
  combined.sources = combined.sources.map(source => join(depth, source))
  return combined.toString()
}

function isCompiled(source) {
  return source.startsWith('./lib/src/') && source.endsWith('.js')
}

/** Node.js would print the names of the map instead of the names that the code kept. */
function withoutNames(map) {
  const lines = decode(map.mappings)
  return {
    ...map,
    names: [],
    mappings: lines.map(segments => segments.map(segment => segment.slice(0, 4))),
  }
}

/** Reads a compiler's map with one mapping for each line, at its first column: ncc's maps have no other columns. */
async function readLineMap(file) {
  const map = JSON.parse(await readFile(file, 'utf8'))
  const lines = decode(map.mappings)
  return { ...map, mappings: lines.map(([first]) => (first ? [[0, ...first.slice(1)]] : [])) }
}
