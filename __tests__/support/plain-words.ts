/** A word or phrase that texts for users do not contain. */
export interface AvoidedWord {
  /** Matches the word in its forms. */
  readonly word: RegExp
  /** What to write. */
  readonly instead: string
  /** A text that contains the word. */
  readonly example: string
}

/** Words that are old-fashioned, have too many meanings, or hide who does what. Common words with a plain use are not listed. */
export const AVOIDED_WORDS: readonly AvoidedWord[] = [
  { word: /\banew\b/i, instead: 'again', example: 'all layers are packed anew' },
  {
    word: /\b(holds?|holding|held)\b/i,
    instead: 'contains, has, keeps; or: verify against',
    example: 'it holds 2 images',
  },
  { word: /\black(s|ed|ing)?\b/i, instead: 'is missing, does not have', example: 'it lacks a tag' },
  {
    word: /\b(is|are|was|were|be|been|not) there\b(?! (a|an|any|such)\b)/i,
    instead: 'exists, already exists, does not exist',
    example: 'the layer is there already',
  },
  {
    word: /\bof (its|their|your|his|her|our|my|the user's) own\b/i,
    instead: 'its own …, a separate …',
    example: 'a job of its own',
  },
  { word: /\bbesides?\b/i, instead: 'next to, in addition to', example: 'the hash beside the release' },
  {
    word: /\b(stands?|stood|standing)\b/i,
    instead: 'is, is in, is replaced by',
    example: '{name} stands for the container',
  },
  { word: /\bgone\b/i, instead: 'is missing, was deleted', example: 'the layer is gone' },
  { word: /\bmend(s|ed|ing)?\b/i, instead: 'fix, repair', example: 'Mend the file' },
  { word: /\bat all\b/i, instead: 'nothing: leave it out', example: 'or leave it out at all' },
  {
    word: /\bwhat of\b|\bof what\b|\bwhat (has|is) there\b/i,
    instead: 'name the thing',
    example: 'push what of it is new',
  },
  {
    word: /\b(who|whom|whoever|somebody|someone|nobody|everybody)\b/i,
    instead: 'name the person or the program: the user, the runner, a proxy',
    example: 'somebody who has this cache',
  },
  {
    word: /\bone a (line|name|job)\b/i,
    instead: 'newline-separated, one per name',
    example: 'the paths, one a line',
  },
  {
    word: /(?<!\bthere )(?<!\bwith )\b(is|are|was) no(?! longer\b| more\b)\b/i,
    instead: 'is not a, is not an',
    example: '"x" is no address',
  },
  {
    word: /\b(names?|says?|lists?|gives?|gave|makes?|shows?|sends?|finds?|found) (no|not|none|nothing)\b/i,
    instead: 'does not name a, does not list a',
    example: 'it names no tag',
  },
  { word: /\bdoubled\b/i, instead: 'more than one, given twice', example: 'the name is doubled' },
  {
    word: /(^|[.:;] )unless\b/i,
    instead: 'put the condition second: "… if", "… unless"',
    example: 'Unless it is whole, nothing is pushed',
  },
  {
    word: /\bhand(s|ed|ing)? (it |them |the \w+ )?(over|on)\b/i,
    instead: 'pass, upload, send',
    example: 'hand the archives over',
  },
  { word: /\bheed(s|ed|ing)?\b/i, instead: 'use, follow', example: 'proxies are heeded' },
  { word: /\b(lies?|lay|lain)\b/i, instead: 'is, is in', example: 'a tarball as it lies there' },
  {
    word: /\b(brings?|brought|bringing)\b/i,
    instead: 'has, includes, installs, updates',
    example: 'the machine brings its own Nix',
  },
  {
    word: /\b(takes?|took|taking)\b(?! (about|at most|longer|more time|less time|less than|more than|up to|\d|…))/i,
    instead: 'accepts, needs, uses, reads; a duration may "take longer than"',
    example: 'It takes root',
  },
  { word: /\btaken\b/i, instead: 'used, accepted, read from', example: 'only one can be taken' },
  {
    word: /\b(tells?|told|telling)\b/i,
    instead: 'prints, shows, says, describes',
    example: 'it tells the version',
  },
  { word: /\bspeaks?\b/i, instead: 'uses, supports', example: 'a registry that does not speak TLS' },
  {
    word: /\b(carry|carries|carried|bears?)\b/i,
    instead: 'contains, has',
    example: 'it carries all of its layers',
  },
  { word: /\b(go|goes|going|went) on\b/i, instead: 'continues', example: 'the daemon goes on' },
  {
    word: /\bgoes\b(?! on\b)/i,
    instead: 'is sent to, is pushed to, is removed',
    example: 'nothing goes there',
  },
  { word: /\b(be|being) had\b/i, instead: 'be found, be installed', example: 'no QEMU is to be had' },
  { word: /\bneeds? not\b/i, instead: 'does not have to', example: 'it need not be packed' },
  { word: /\bpass(es|ed)? over\b/i, instead: 'skip', example: 'the report is passed over' },
  { word: /\bleads? to\b/i, instead: 'redirects to, points to, causes', example: 'the address leads to X' },
  {
    word: /\bas (it|they) (is|are|was|were|stands?)\b/i,
    instead: 'unchanged, is not changed',
    example: 'it is then used as it is',
  },
  {
    word: /\b(written|the same|just) as there\b|\bthat is said\b/i,
    instead: 'name the input or the message',
    example: 'the tags, written as there',
  },
  {
    word: /\bthose\b|\bthese (of|that|which|who)\b|\bthat which\b/i,
    instead: 'repeat the noun',
    example: 'those that the registry has',
  },
  {
    word: /\bwhere\b(?! to\b)/i,
    instead: 'if, in which',
    example: 'the Nix to install where there is none',
  },
  {
    word: /(^|[.:;] )(None|Nothing) (means|is meant)\b/i,
    instead: 'Default: …',
    example: 'None means all of them',
  },
  {
    word: /(^|[.;] )What\b(?![^.]*\?)/,
    instead: 'name the thing: "Store paths that …"',
    example: 'What was built is kept',
  },
  { word: /\btroubles?\b/i, instead: 'error, problem', example: 'the last trouble was a timeout' },
  {
    word: /\b(a|the) faults? of\b/i,
    instead: 'a bug in, a problem with',
    example: 'This is a fault of the program',
  },
  { word: /\bthis very\b/i, instead: 'this', example: 'this very machine' },
  { word: /\bfurther\b/i, instead: 'more, other, additional', example: 'further binary caches' },
  { word: /\bin all\b/i, instead: 'in total', example: 'how long it may take in all' },
  {
    word: /\bof (no|some) (use|avail)\b|\bno use\b/i,
    instead: 'failed, cannot be used',
    example: 'the cache was of no use',
  },
  {
    word: /\b(last|final) word\b|\bsay(s|ing)? the word\b|\bno such word\b/i,
    instead: 'name the setting',
    example: 'which one has the last word',
  },
  {
    word: /\bline ends\b|\bbetween (spaces|commas)\b/i,
    instead: 'separated by spaces, commas or newlines',
    example: 'names, between spaces or line ends',
  },
  {
    word: /\b(but for|save for|all but)\b/i,
    instead: 'except',
    example: 'all of them but for one',
  },
  { word: /(^|[;,] )nor\b/i, instead: 'and … not', example: 'not found; nor could it be built' },
  {
    word: /\b(thereby|therein|thereof|whereby|wherein|whereof|whence|hence|thus|lest|ought|shall|upon|whilst|amongst|meanwhile)\b/i,
    instead: 'a modern word',
    example: 'its tag, thus its digest',
  },
  {
    word: /\b(comes?|came) (back|out|in|up|instead|for)\b/i,
    instead: 'is, returns, starts',
    example: 'It must come out as true',
  },
  { word: /\bwithin reach\b|\bin reach\b/i, instead: 'reachable', example: 'a builder within reach' },
]

/** Texts that contain an avoided word for a reason. */
export const ALLOWED_TEXTS: readonly { readonly text: string; readonly reason: string }[] = [
  { text: 'who built it', reason: 'the question that users ask about an image' },
  { text: 'echo held', reason: 'a line of a protocol between processes' },
]

/** Returns the avoided words of a text, with what to write instead. */
export function findAvoidedWords(text: string): string[] {
  const checked = ALLOWED_TEXTS.reduce((rest, { text }) => rest.replaceAll(text, ''), text)
  return AVOIDED_WORDS.flatMap(({ word, instead }) => {
    const [found] = word.exec(checked) ?? []
    return found === undefined
      ? []
      : [`${JSON.stringify(found.trim())} (write: ${instead}) in: ${shorten(checked)}`]
  })
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
