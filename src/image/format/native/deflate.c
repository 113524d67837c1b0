// Raw deflate (RFC 1951) of single blocks of content. A block gives the same bytes on every machine.
// scripts/wasm.js compiles this file to src/image/format/deflate-wasm.ts.
//
// The caller writes a block at room(), writes the content before it right before that address, calls run(), and reads the output
// at packed().
//
// A block is split into parts, each with its own Huffman codes. For each position only one candidate for a match is checked: the
// last position with the same hash of four bytes. A short match is dropped if the next byte starts a longer one.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define memcpy __builtin_memcpy
#define memset __builtin_memset
#define EXPORT(name) __attribute__((export_name(name)))
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

enum {
  WINDOW = 1 << 15,   // how far back a match may refer
  BLOCK = 1 << 20,    // the maximum size of a block
  PART = 1 << 15,     // the size of a part, without a match that continues after it; fits into a stored block
  SLACK = 512,        // bytes after the end that are read and written, but never used
  MIN = 4, MAX = 258, // the lengths of matches; matches of three bytes save nothing
  HASH_BITS = 15,
  ENOUGH = 16,        // for a match of this length the next byte is not checked for a longer one
  PATIENCE = 6,       // each 1 << PATIENCE positions without a match, the step grows by one
};

enum { END = 256, SYMBOLS = 286, LENGTHS = 29, DISTANCES = 30, RUNS = 19 };
enum { LONGEST = 14, LONGEST_RUN = 7 }; // lengths of codes: four literals, or a match, always fit into 56 bits

typedef struct { u16 literals, length; u32 distance; } Match; // literals: the number of literals before the match

static u8 input[WINDOW + BLOCK + SLACK];
static u8 output[BLOCK + BLOCK / 64 + SLACK];
static u16 places[1 << HASH_BITS]; // the last position of each hash, its lowest 16 bits
static Match matches[PART / MIN + 2];
static u32 matched;
static u32 symbols[SYMBOLS + 2], distances[DISTANCES + 2]; // how often each occurs in the part

static const u16 LENGTH_BASE[LENGTHS] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const u8 LENGTH_BITS[LENGTHS] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const u8 ORDER[RUNS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
static u8 length_symbol[MAX + 1];
static u8 near_symbol[256], far_symbol[256]; // by distance - 1: below 256, or shifted right by 7

INLINE u32 load32(const u8 *from) { u32 v; memcpy(&v, from, 4); return v; }
INLINE u64 load64(const u8 *from) { u64 v; memcpy(&v, from, 8); return v; }
INLINE u32 distance_bits(u32 symbol) { return symbol < 4 ? 0 : (symbol >> 1) - 1; }
INLINE u32 distance_base(u32 symbol) { return symbol < 4 ? symbol : (2 + (symbol & 1)) << distance_bits(symbol); } // minus one
INLINE u32 distance_symbol(u32 less_one) { return less_one < 256 ? near_symbol[less_one] : far_symbol[less_one >> 7]; }

static void prepare_symbols(void) {
  for (u32 s = 0; s < LENGTHS; s++)
    for (u32 n = LENGTH_BASE[s]; n <= MAX; n++) length_symbol[n] = s;
  for (u32 s = 0; s < DISTANCES; s++)
    for (u32 d = distance_base(s); d < WINDOW; d += d < 256 ? 1 : 128) {
      if (d < 256) near_symbol[d] = s;
      else far_symbol[d >> 7] = s;
    }
}

// ---- Bits in the order of the stream. The next bit is the lowest.

typedef struct { u8 *out; u64 hold; u32 held; } Bits;
INLINE void put(Bits *b, u64 bits, u32 count) { b->hold |= bits << b->held; b->held += count; }
// Afterwards fewer than 8 bits are held.
INLINE void flush(Bits *b) {
  memcpy(b->out, &b->hold, 8);
  b->out += b->held >> 3;
  b->hold >>= b->held & 56;
  b->held &= 7;
}
enum { STORED_HEAD = 3 + 7 + 32 }; // the maximum, in bits
static void put_stored(Bits *b, const u8 *from, u32 size) {
  put(b, 0, 3);
  b->held = (b->held + 7) & ~7u;
  flush(b);
  put(b, size | (u64)(size ^ 0xffff) << 16, 32);
  flush(b);
  memcpy(b->out, from, size);
  b->out += size;
}

// ---- Codes.

// The code is in the low bits, its length in the high bits.
typedef u32 Code;
enum { LENGTH_AT = 24 };
INLINE u32 length_of(Code code) { return code >> LENGTH_AT; }
INLINE void put_code(Bits *b, Code code) { put(b, code & ((1 << LENGTH_AT) - 1), length_of(code)); }

// Sorts symbols by their counts, which are below 1 << 16, rarest first. Returns how many symbols occur.
static u32 sorted(const u32 *counts, u32 size, u32 *into) {
  static u32 unsorted[SYMBOLS], half[SYMBOLS];
  u32 starts[2][257] = {{0}}, n = 0;
  for (u32 s = 0; s < size; s++) {
    if (counts[s] == 0) continue;
    unsorted[n++] = counts[s] << 9 | s;
    starts[0][(counts[s] & 255) + 1]++;
    starts[1][(counts[s] >> 8) + 1]++;
  }
  for (u32 i = 0; i < 256; i++) { starts[0][i + 1] += starts[0][i]; starts[1][i + 1] += starts[1][i]; }
  for (u32 i = 0; i < n; i++) half[starts[0][unsorted[i] >> 9 & 255]++] = unsorted[i];
  for (u32 i = 0; i < n; i++) into[starts[1][half[i] >> 17]++] = half[i];
  return n;
}

// Counts the codes of each length: builds a Huffman tree with two queues of nodes, then limits the lengths to `longest`.
static void count_lengths(const u32 *order, u32 n, u32 longest, u32 *counts) {
  static u32 weight[2 * SYMBOLS], above[2 * SYMBOLS];
  for (u32 i = 0; i < n; i++) weight[i] = order[i] >> 9;
  u32 leaf = 0, inner = n, top = n;
  for (; top < 2 * n - 1; top++) {
    weight[top] = 0;
    for (u32 two = 0; two < 2; two++) {
      u32 least = inner == top || (leaf < n && weight[leaf] <= weight[inner]) ? leaf++ : inner++;
      weight[top] += weight[least];
      above[least] = top;
    }
  }
  u32 used = 0; // of the code space, in units of a code of length `longest`
  weight[top - 1] = 0; // from here on weight is the depth of a node
  for (u32 i = top - 1; i-- > 0;) {
    weight[i] = weight[above[i]] + 1;
    if (i >= n) continue;
    u32 length = weight[i] < longest ? weight[i] : longest;
    counts[length]++;
    used += 1 << (longest - length);
  }
  for (; used > 1u << longest; used--) {
    u32 length = longest - 1;
    while (counts[length] == 0) length--;
    counts[length]--;
    counts[length + 1] += 2;
    counts[longest]--;
  }
}

static u32 reversed(u32 bits, u32 length) { return __builtin_bitreverse32(bits) >> (32 - length); }

// Assigns codes to symbols by their lengths (RFC 1951, 3.2.2).
static void number(const u8 *lengths, u32 size, Code *codes) {
  u32 next[16] = {0};
  for (u32 s = 0; s < size; s++) next[lengths[s]]++;
  next[0] = 0;
  u32 code = 0;
  for (u32 l = 1; l < 16; l++) { u32 count = next[l]; next[l] = code; code = (code + count) << 1; }
  for (u32 s = 0; s < size; s++)
    codes[s] = lengths[s] ? reversed(next[lengths[s]]++, lengths[s]) | (u32)lengths[s] << LENGTH_AT : 0;
}

// At least one symbol must occur. If it is the only one, another symbol gets a code too, because not all inflaters accept an
// incomplete tree.
static void make_lengths(const u32 *counts, u32 size, u32 longest, u8 *lengths) {
  static u32 order[SYMBOLS];
  u32 per_length[16] = {0};
  memset(lengths, 0, size);
  u32 n = sorted(counts, size, order);
  if (n == 1) {
    u32 only = order[0] & 511;
    lengths[only] = lengths[only == 0 ? 1 : 0] = 1;
    return;
  }
  count_lengths(order, n, longest, per_length);
  u32 at = 0;
  for (u32 l = longest; l >= 1; l--)
    for (u32 count = per_length[l]; count > 0; count--) lengths[order[at++] & 511] = l;
}

typedef struct { Code symbols[SYMBOLS + 2], distances[DISTANCES + 2]; } Codes;
static Codes own, fixed;
static u8 fixed_lengths[SYMBOLS + 2], own_lengths[SYMBOLS + DISTANCES];

static void prepare_fixed(void) {
  static u8 fives[DISTANCES + 2];
  for (u32 s = 0; s < SYMBOLS + 2; s++) fixed_lengths[s] = s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8;
  for (u32 s = 0; s < DISTANCES + 2; s++) fives[s] = 5;
  number(fixed_lengths, SYMBOLS + 2, fixed.symbols);
  number(fives, DISTANCES + 2, fixed.distances);
}

static void prepare(void) {
  prepare_symbols();
  prepare_fixed();
}

// The header of dynamic codes: their lengths, as runs (RFC 1951, 3.2.7).
static struct {
  u32 symbols, distances, runs, length_codes; // how many of each are in the header
  u8 run[SYMBOLS + DISTANCES], more[SYMBOLS + DISTANCES];
  u8 lengths[RUNS];
  Code codes[RUNS];
} head;

static u32 run_bits(u32 run) { return run < 16 ? 0 : run == 16 ? 2 : run == 17 ? 3 : 7; }

static void find_runs(const u8 *lengths, u32 size, u32 *counts) {
  head.runs = 0;
  for (u32 at = 0; at < size;) {
    u32 same = 1, length = lengths[at], run = length, more = 0;
    while (at + same < size && lengths[at + same] == length && same < 138) same++;
    if (length == 0 && same >= 11) { run = 18; more = same - 11; }
    else if (length == 0 && same >= 3) { run = 17; more = same - 3; }
    else if (length != 0 && at > 0 && lengths[at - 1] == length && same >= 3) {
      if (same > 6) same = 6;
      run = 16; more = same - 3;
    } else same = 1;
    head.run[head.runs] = run;
    head.more[head.runs++] = more;
    counts[run]++;
    at += same;
  }
}

// Returns the size of the header in bits.
static u32 make_head(void) {
  u32 counts[RUNS] = {0};
  u8 *lengths = own_lengths;
  make_lengths(symbols, SYMBOLS, LONGEST, lengths);
  number(lengths, SYMBOLS, own.symbols);
  for (head.symbols = SYMBOLS; lengths[head.symbols - 1] == 0;) head.symbols--;
  if (head.symbols <= END) head.symbols = END + 1;
  lengths += head.symbols;
  make_lengths(distances, DISTANCES, LONGEST, lengths);
  number(lengths, DISTANCES, own.distances);
  for (head.distances = DISTANCES; head.distances > 1 && lengths[head.distances - 1] == 0;) head.distances--;
  find_runs(own_lengths, head.symbols + head.distances, counts);
  make_lengths(counts, RUNS, LONGEST_RUN, head.lengths);
  number(head.lengths, RUNS, head.codes);
  for (head.length_codes = RUNS; head.length_codes > 4 && head.lengths[ORDER[head.length_codes - 1]] == 0;) head.length_codes--;
  u32 bits = 17 + 3 * head.length_codes;
  for (u32 r = 0; r < RUNS; r++) bits += counts[r] * (head.lengths[r] + run_bits(r));
  return bits;
}

static void put_head(Bits *b) {
  put(b, 2 << 1, 3);
  put(b, head.symbols - 257, 5);
  put(b, head.distances - 1, 5);
  put(b, head.length_codes - 4, 4);
  flush(b);
  for (u32 i = 0; i < head.length_codes; i++) { put(b, head.lengths[ORDER[i]], 3); flush(b); }
  for (u32 i = 0; i < head.runs; i++) {
    put_code(b, head.codes[head.run[i]]);
    put(b, head.more[i], run_bits(head.run[i]));
    flush(b);
  }
}

// ---- Parts.

static u32 bits_of(const Codes *codes) {
  u32 bits = 0;
  for (u32 s = 0; s < SYMBOLS; s++) bits += symbols[s] * length_of(codes->symbols[s]);
  for (u32 s = 0; s < DISTANCES; s++) bits += distances[s] * length_of(codes->distances[s]);
  return bits;
}

static u32 extra_bits(void) {
  u32 bits = 0;
  for (u32 s = 0; s < LENGTHS; s++) bits += symbols[END + 1 + s] * LENGTH_BITS[s];
  for (u32 s = 0; s < DISTANCES; s++) bits += distances[s] * distance_bits(s);
  return bits;
}

INLINE const u8 *put_literals(Bits *b, const Code *codes, const u8 *from, u32 count) {
  for (; count >= 4; count -= 4, from += 4) {
    put_code(b, codes[from[0]]);
    put_code(b, codes[from[1]]);
    put_code(b, codes[from[2]]);
    put_code(b, codes[from[3]]);
    flush(b);
  }
  if (count & 2) { put_code(b, codes[from[0]]); put_code(b, codes[from[1]]); from += 2; }
  if (count & 1) { put_code(b, codes[from[0]]); from++; }
  flush(b);
  return from;
}

static NOINLINE void put_content(Bits *to, const Codes *codes, const u8 *from, const u8 *end) {
  static Code lengths[MAX + 1]; // the codes with their extra bits
  for (u32 n = MIN; n <= MAX; n++) {
    u32 s = length_symbol[n];
    Code code = codes->symbols[END + 1 + s];
    lengths[n] = (code | (n - LENGTH_BASE[s]) << length_of(code)) + ((u32)LENGTH_BITS[s] << LENGTH_AT);
  }
  Bits b = *to;
  for (u32 i = 0; i < matched; i++) {
    Match m = matches[i];
    from = put_literals(&b, codes->symbols, from, m.literals) + m.length;
    u32 s = distance_symbol(m.distance - 1);
    put_code(&b, lengths[m.length]);
    put_code(&b, codes->distances[s]);
    put(&b, m.distance - 1 - distance_base(s), distance_bits(s));
    flush(&b);
  }
  put_literals(&b, codes->symbols, from, end - from);
  put_code(&b, codes->symbols[END]);
  flush(&b);
  *to = b;
}

// Whether the part has matches. Without them a code for distances is needed nevertheless.
static int has_distances(void) {
  for (u32 s = 0; s < DISTANCES; s++) if (distances[s]) return 1;
  return 0;
}

// Writes a part with dynamic codes, with fixed codes, or stored, whichever has the fewest bits.
static void put_part(Bits *b, const u8 *from, const u8 *end) {
  symbols[END] = 1;
  if (!has_distances()) distances[0] = 1;
  u32 own_bits = make_head() + bits_of(&own), fixed_bits = 3 + bits_of(&fixed);
  u32 least = (own_bits < fixed_bits ? own_bits : fixed_bits) + extra_bits();
  if (least >= STORED_HEAD + 8 * (u32)(end - from)) put_stored(b, from, end - from);
  else if (own_bits < fixed_bits) {
    put_head(b);
    put_content(b, &own, from, end);
  } else {
    put(b, 1 << 1, 3);
    put_content(b, &fixed, from, end);
  }
}

// ---- Matches.

INLINE u16 *place_of(u32 four) { return places + (four * 0x9e3779b1u >> (32 - HASH_BITS)); }

// The first four bytes must be equal. Returns at most `most`.
INLINE u32 match_length(const u8 *a, const u8 *b, u32 most) {
  u32 n = 4;
  do {
    u64 differ = load64(a + n) ^ load64(b + n);
    if (differ) { n += __builtin_ctzll(differ) >> 3; break; }
    n += 8;
  } while (n < most);
  return n < most ? n : most;
}

// Returns the distance to the last position before `at` with the same hash, or 0 if its four bytes are not the same.
INLINE u32 find(u32 at, u32 first) {
  u32 four = load32(input + at);
  u16 *place = place_of(four);
  u32 distance = (at - *place) & 0xffff;
  *place = at;
  // The table can contain any position, but if the bytes are equal, the distance is valid.
  if (distance - 1 >= WINDOW || distance > at - first || load32(input + at - distance) != four) return 0;
  return distance;
}

INLINE u32 length_at(u32 at, u32 distance, u32 end) {
  return match_length(input + at, input + at - distance, end - at < MAX ? end - at : MAX);
}

INLINE u32 pass_over(u32 at, u32 count) {
  do symbols[input[at++]]++; while (--count);
  return at;
}

INLINE void note(Match **match, u32 literals, u32 length, u32 distance) {
  *(*match)++ = (Match){literals, length, distance};
  symbols[END + 1 + length_symbol[length]]++;
  distances[distance_symbol(distance - 1)]++;
}

// Finds the matches of a part, which ends at `until`, or after a match that continues there. Returns the end of the part.
// `first` is the oldest position that matches may refer to.
static NOINLINE u32 find_matches(u32 at, u32 until, u32 first, u32 end) {
  u32 last = end - MIN + 1; // from here on there are fewer than four bytes
  u32 stop = until < last ? until : last, literals_from = at, vain = 0;
  Match *match = matches;
  while (at < stop) {
    u32 distance = find(at, first);
    if (!distance) {
      u32 pass = 1 + (vain++ >> PATIENCE);
      at = pass_over(at, UNLIKELY(pass > stop - at) ? stop - at : pass);
      continue;
    }
    u32 length = length_at(at, distance, end);
    while (length < ENOUGH && at + 1 < stop) {
      u32 other = find(at + 1, first);
      u32 longer = other ? length_at(at + 1, other, end) : 0;
      if (longer <= length) break;
      at = pass_over(at, 1);
      length = longer;
      distance = other;
    }
    note(&match, at - literals_from, length, distance);
    u32 behind = at + length, known = behind < last ? behind : last;
    for (at += 2; at < known; at++) *place_of(load32(input + at)) = at;
    literals_from = at = behind;
    vain = 0;
  }
  if (at < until) at = pass_over(at, until - at);
  matched = match - matches;
  return at;
}

EXPORT("room") u8 *room(void) { return input + WINDOW; }
EXPORT("packed") u8 *packed(void) { return output; }

// Resets the table to the content before the block. Nothing else is kept, so the same block always gives the same bytes.
static void begin(u32 first, u32 end) {
  memset(places, 0, sizeof places);
  for (u32 at = first; at < WINDOW && at + MIN <= end; at++) *place_of(load32(input + at)) = at;
}

// Deflates a block of `size` bytes. Matches may refer to the `before` bytes right before it. Returns the size of the output. It
// ends at a whole byte with an empty stored block. No block is marked as the last one of the stream.
EXPORT("run") u32 run(u32 before, u32 size) {
  if (before > WINDOW || size > BLOCK) return 0;
  if (!length_symbol[MAX]) prepare();
  Bits b = {output, 0, 0};
  u32 end = WINDOW + size;
  begin(WINDOW - before, end);
  for (u32 at = WINDOW; at < end;) {
    u32 from = at, until = end - at < PART ? end : at + PART;
    memset(symbols, 0, sizeof symbols);
    memset(distances, 0, sizeof distances);
    at = find_matches(from, until, WINDOW - before, end);
    put_part(&b, input + from, input + at);
  }
  put_stored(&b, input, 0);
  return b.out - output;
}
