// Inflates raw deflate (RFC 1951) chunk by chunk, and reports where in the stream each block begins, which Node.js does not.
// scripts/wasm.js compiles this file to src/image/format/inflate-wasm.ts.
//
// The caller writes input at room(), calls run(), and reads content() and blocks() before the next call.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
#define EXPORT(name) __attribute__((export_name(name)))
#define INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

enum {
  WINDOW = 1 << 15,
  INPUT = 1 << 18,  // the maximum input of one call
  MARGIN = 1 << 10, // more than the header of a block, or a symbol, needs
  ROOM = 1 << 18,   // approximately the maximum output of one call
  SLACK = 320,      // a match can end after the room, and is copied in whole words
  BLOCKS = 1 << 12, // the maximum number of blocks that one call reports
};

enum { MORE, FULL, END, DAMAGED }; // the results of run()
enum { HEADER, STORED, CODES };    // the next part of the stream

static u8 input[INPUT + 4 * MARGIN];
static u8 output[WINDOW + ROOM + SLACK];
static struct { double bits, content; } blocks[BLOCKS]; // offsets: bits of the stream, bytes of the content

static u32 state, last, left;           // left: remaining bytes of a stored block
static u32 in_at, in_end;               // within input
static u32 oldest = WINDOW;             // within output: the first byte that matches may refer to
static u32 out_end = WINDOW;            // within output: the end of the content
static u32 reported;                    // number of reported blocks
static u64 input_before, output_before; // bytes that are no longer in the buffers

// Bits in the order of the stream. The next bit is the lowest. The bits above the `held` ones can be more of the input.
typedef struct { const u8 *in; u64 hold; u32 held; } Bits;
static u64 hold;
static u32 held; // fewer than 8 between two calls

INLINE u64 load64(const u8 *from) { u64 v; memcpy(&v, from, 8); return v; }
// Afterwards at least 56 bits are held.
INLINE void refill(Bits *b) {
  b->hold |= load64(b->in) << b->held;
  b->in += (63 - b->held) >> 3;
  b->held |= 56;
}
INLINE u32 low(const Bits *b, u32 count) { return (u32)b->hold & ((1u << count) - 1); }
INLINE void drop(Bits *b, u32 count) { b->hold >>= count; b->held -= count; }
INLINE u32 take(Bits *b, u32 count) { u32 v = low(b, count); drop(b, count); return v; }
INLINE void give_back(Bits *b) {
  b->in -= b->held >> 3;
  b->held &= 7;
  b->hold &= (1u << b->held) - 1;
}

// Tables are indexed by the next bits. In an entry, bits 0-5 are the number of bits to drop, including extra bits; bits 8-11 the
// number of bits of the code; bits 16-30 the value. The flags are:
#define LITERAL 0x80000000u
#define SPECIAL 0x8000u   // not a literal, length or distance: one of the next two, or an invalid code
#define BLOCK_END 0x2000u
#define LONGER 0x4000u    // the code continues: bits 8-11 are the number of index bits, 16-30 the offset of the next table
enum { LIT_BITS = 11, DIST_BITS = 9, PRE_BITS = 7 };
static u32 lit_table[(1 << LIT_BITS) + 2048];
static u32 dist_table[(1 << DIST_BITS) + 1024];
static u32 pre_table[1 << PRE_BITS];

INLINE u32 lit_entry(u32 symbol) {
  static const u16 base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                               31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  static const u8 extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  if (symbol < 256) return LITERAL | symbol << 16;
  if (symbol == 256) return SPECIAL | BLOCK_END;
  return symbol > 285 ? SPECIAL : (u32)base[symbol - 257] << 16 | extra[symbol - 257];
}

INLINE u32 dist_entry(u32 symbol) {
  if (symbol > 29) return SPECIAL;
  u32 extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
  u32 base = symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1;
  return base << 16 | extra;
}

INLINE u32 pre_entry(u32 symbol) { return symbol << 16; }

// The next code of the same length. The first bit of a code is the lowest. Not for the last code of a length.
INLINE u32 next_code(u32 code, u32 length) {
  u32 bit = 1u << (31 - __builtin_clz(code ^ ((1u << length) - 1)));
  return (code & (bit - 1)) | bit;
}

// Fills a table from the lengths of the codes. Returns 0 if they are not a prefix code. With `may_be_incomplete`, no code or a
// single code of one bit is also valid.
INLINE int build(u32 *table, u32 bits, u32 capacity, const u8 *lengths, u32 count, u32 (*entry)(u32),
                 int may_be_incomplete) {
  u16 counts[16] = {0}, offsets[16], sorted[320];
  for (u32 i = 0; i < count; i++) counts[lengths[i]]++;
  counts[0] = 0;
  u32 longest = 15;
  while (longest && !counts[longest]) longest--;
  int free = 1;
  for (u32 l = 1; l <= 15; l++) {
    free = (free << 1) - counts[l];
    if (free < 0) return 0;
  }
  if (free > 0) {
    if (!may_be_incomplete || longest > 1) return 0;
    for (u32 i = 0; i < 1u << bits; i++) table[i] = SPECIAL;
    for (u32 s = 0; s < count; s++)
      if (lengths[s])
        for (u32 i = 0; i < 1u << bits; i += 2) table[i] = entry(s) + (1 << 8 | 1);
    return 1;
  }
  offsets[1] = 0;
  for (u32 l = 1; l < 15; l++) offsets[l + 1] = offsets[l] + counts[l];
  for (u32 s = 0; s < count; s++)
    if (lengths[s]) sorted[offsets[lengths[s]]++] = s;

  // Codes that fit are entered once, at their own length. When the length grows, the filled part of the table is doubled.
  const u16 *symbol = sorted;
  u32 code = 0, length = 1, filled = 2;
  for (; length <= bits; length++, filled <<= 1) {
    for (u32 n = counts[length]; n; n--) {
      table[code] = entry(*symbol++) + (length << 8 | length);
      if (code == filled - 1) {
        for (; length < bits; length++, filled <<= 1) memcpy(table + filled, table, filled * 4);
        return 1;
      }
      code = next_code(code, length);
    }
    if (length < bits) memcpy(table + filled, table, filled * 4);
  }
  // Longer codes with the same first bits share a table after the first one.
  u32 mask = (1u << bits) - 1, beginning = ~0u, start = 0, size = 0, end = 1u << bits;
  for (;; length++) {
    for (u32 n = counts[length]; n; n--) {
      u32 rest = length - bits;
      if ((code & mask) != beginning) {
        beginning = code & mask;
        start = end;
        u32 more = rest;
        for (u32 room = n; room < 1u << more && bits + more < 15;) {
          more++;
          room = (room << 1) + counts[bits + more];
        }
        size = 1u << more;
        end = start + size;
        if (end > capacity) return 0;
        table[beginning] = start << 16 | SPECIAL | LONGER | more << 8 | bits;
      }
      u32 e = entry(*symbol++) + (rest << 8 | rest);
      for (u32 i = code >> bits; i < size; i += 1u << rest) table[start + i] = e;
      if (code == (1u << length) - 1) return 1;
      code = next_code(code, length);
    }
  }
}

static int build_codes(const u8 *lits, u32 lit_count, const u8 *dists, u32 dist_count) {
  return build(lit_table, LIT_BITS, sizeof lit_table / 4, lits, lit_count, lit_entry, 1) &&
         build(dist_table, DIST_BITS, sizeof dist_table / 4, dists, dist_count, dist_entry, 1);
}

static int fixed_codes(void) {
  u8 lits[288], dists[32];
  for (u32 s = 0; s < 288; s++) lits[s] = s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8;
  memset(dists, 5, sizeof dists);
  return build_codes(lits, 288, dists, 32);
}

// Reads the lengths of dynamic codes, which are Huffman-coded themselves: at most 14 + 19 * 3 + 316 * 14 bits.
static int own_codes(Bits *at) {
  static const u8 order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  Bits b = *at;
  u8 lengths[320] = {0}, pre[19] = {0};
  refill(&b);
  u32 lits = take(&b, 5) + 257, dists = take(&b, 5) + 1, pres = take(&b, 4) + 4;
  if (lits > 286 || dists > 30) return 0;
  for (u32 i = 0; i < pres; i++) {
    refill(&b);
    pre[order[i]] = take(&b, 3);
  }
  if (!build(pre_table, PRE_BITS, 1 << PRE_BITS, pre, 19, pre_entry, 0)) return 0;
  for (u32 i = 0; i < lits + dists;) {
    refill(&b);
    u32 e = pre_table[low(&b, PRE_BITS)], symbol = e >> 16, repeated = 0, times = 1;
    drop(&b, e & 63);
    if (symbol < 16) repeated = symbol;
    else if (symbol == 16) {
      if (!i) return 0;
      repeated = lengths[i - 1];
      times = 3 + take(&b, 2);
    } else times = symbol == 17 ? 3 + take(&b, 3) : 11 + take(&b, 7);
    if (i + times > lits + dists) return 0;
    for (; times; times--) lengths[i++] = repeated;
  }
  *at = b;
  return lengths[256] && build_codes(lengths, lits, lengths + lits, dists);
}

// Returns 0 if the block is damaged.
static int begin_block(Bits *b) {
  refill(b);
  last = take(b, 1);
  u32 type = take(b, 2);
  state = type == 0 ? STORED : CODES;
  if (type == 0) {
    drop(b, b->held & 7);
    give_back(b);
    left = b->in[0] | b->in[1] << 8;
    u32 inverted = b->in[2] | b->in[3] << 8;
    b->in += 4;
    return left == (inverted ^ 0xffff);
  }
  int good = type == 1 ? fixed_codes() : type == 2 && own_codes(b);
  give_back(b);
  return good;
}

INLINE void copy8(u8 *to, const u8 *from) { u64 v; memcpy(&v, from, 8); memcpy(to, &v, 8); }
typedef u8 Wide __attribute__((vector_size(16), aligned(1)));
INLINE void copy16(u8 *to, const u8 *from) { *(Wide *)to = *(const Wide *)from; }

// Writes up to 16 bytes after the match.
INLINE void copy_match(u8 *to, u32 distance, u32 length) {
  const u8 *from = to - distance;
  u8 *end = to + length;
  if (LIKELY(distance >= 16)) {
    do { copy16(to, from); to += 16; from += 16; } while (to < end);
  } else if (distance >= 8) {
    do { copy8(to, from); to += 8; from += 8; } while (to < end);
  } else if (distance == 1) {
    u64 v = *from * 0x0101010101010101ull;
    do { memcpy(to, &v, 8); to += 8; } while (to < end);
  } else {
    do *to++ = *from++; while (to < end);
  }
}

INLINE u32 ask(const u32 *table, u32 bits, const Bits *b) { return table[low(b, bits)]; }
INLINE u32 ask_longer(const u32 *table, u32 e, Bits *b) {
  drop(b, e & 63);
  return table[(e >> 16 & 0x7fff) + low(b, e >> 8 & 15)];
}
INLINE u32 take_value(u32 e, Bits *b) {
  u32 all = e & 63, code = e >> 8 & 15;
  u32 value = (e >> 16) + ((u32)(b->hold >> code) & ((1u << (all - code)) - 1));
  drop(b, all);
  return value;
}

// Decodes symbols until the block, the input or the room ends. Returns 0 if the block is damaged.
INLINE int symbols(Bits *at, u8 **out_, const u8 *enough, const u8 *full) {
  Bits b = *at;
  u8 *out = *out_;
  const u8 *first = output + oldest;
  while (LIKELY(b.in < enough && out < full)) {
    refill(&b);
    // Three codes of the first table have at most 33 bits; two of them and a length have 42.
    u32 e = ask(lit_table, LIT_BITS, &b);
    if (e & LITERAL) {
      drop(&b, e & 63);
      *out++ = e >> 16;
      e = ask(lit_table, LIT_BITS, &b);
      if (e & LITERAL) {
        drop(&b, e & 63);
        *out++ = e >> 16;
        e = ask(lit_table, LIT_BITS, &b);
        if (e & LITERAL) {
          drop(&b, e & 63);
          *out++ = e >> 16;
          continue;
        }
      }
    }
    if (UNLIKELY(e & SPECIAL)) {
      if (e & LONGER) e = ask_longer(lit_table, e, &b);
      if (e & LITERAL) {
        drop(&b, e & 63);
        *out++ = e >> 16;
        continue;
      }
      if (e & BLOCK_END) {
        drop(&b, e & 63);
        state = HEADER;
        break;
      }
      if (e & SPECIAL) return 0;
    }
    u32 length = take_value(e, &b);
    refill(&b);
    e = ask(dist_table, DIST_BITS, &b);
    if (UNLIKELY(e & LONGER)) e = ask_longer(dist_table, e, &b);
    if (UNLIKELY(e & SPECIAL)) return 0;
    u32 distance = take_value(e, &b);
    if (UNLIKELY(distance > (u32)(out - first))) return 0;
    copy_match(out, distance, length);
    out += length;
  }
  give_back(&b);
  *at = b;
  *out_ = out;
  return 1;
}

static void stored(Bits *b, u8 **out, const u8 *enough, const u8 *full) {
  u32 n = left;
  if (n > (u32)(full - *out)) n = full - *out;
  if (n > (u32)(enough - b->in)) n = enough - b->in;
  memcpy(*out, b->in, n);
  *out += n;
  b->in += n;
  left -= n;
  if (!left) state = HEADER;
}

static u64 bits_before(const Bits *b) { return (input_before + (b->in - input)) * 8 - b->held; }

// Discards the output of the previous call, except the window.
static void slide(void) {
  u32 keep = out_end - oldest < WINDOW ? out_end - oldest : WINDOW;
  memmove(output + WINDOW - keep, output + out_end - keep, keep);
  output_before += out_end - WINDOW;
  oldest = WINDOW - keep;
  out_end = WINDOW;
  reported = 0;
}

static int decode(Bits *b, u8 **out, const u8 *enough) {
  const u8 *full = output + WINDOW + ROOM;
  for (;;) {
    if (state == HEADER && last) return END;
    if (b->in >= enough) return MORE;
    if (*out >= full) return FULL;
    switch (state) {
      case HEADER:
        if (reported == BLOCKS) return FULL;
        blocks[reported].bits = (double)bits_before(b);
        blocks[reported++].content = (double)(output_before + (*out - output - WINDOW));
        if (!begin_block(b)) return DAMAGED;
        break;
      case STORED:
        stored(b, out, enough, full);
        break;
      case CODES:
        if (!symbols(b, out, enough, full)) return DAMAGED;
    }
  }
}

// Continues with `added` more bytes at room(). A part of the input is kept for the next call, unless `nothing_after` it.
EXPORT("run") int run(u32 added, int nothing_after) {
  slide();
  in_end += added;
  if (nothing_after) memset(input + in_end, 0, 2 * MARGIN);
  else if (in_end - in_at < MARGIN) return MORE;
  Bits b = {input + in_at, hold, held};
  u8 *out = output + WINDOW;
  int answer = decode(&b, &out, input + in_end + (nothing_after ? MARGIN : -MARGIN));
  in_at = b.in - input;
  hold = b.hold;
  held = b.held;
  out_end = out - output;
  // If so, the zeros after the end were read as input.
  return in_at > in_end || (nothing_after && answer == MORE) ? DAMAGED : answer;
}

EXPORT("room") u8 *room(void) {
  if (in_at) memmove(input, input + in_at, in_end - in_at);
  input_before += in_at;
  in_end -= in_at;
  in_at = 0;
  return input + in_end;
}

EXPORT("content") u8 *content(void) { return output + WINDOW; }
EXPORT("content_size") u32 content_size(void) { return out_end - WINDOW; }
EXPORT("blocks") void *blocks_at(void) { return blocks; }
EXPORT("block_count") u32 block_count(void) { return reported; }
// The number of whole bytes of the stream that were used, from its start.
EXPORT("used") double used(void) { return (double)(input_before + in_at); }
