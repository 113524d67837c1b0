/* SPDX-License-Identifier: MIT
 *
 * A small program without libraries, with four commands:
 *
 *   hello [WORD...]           the entry point of the image: prints a greeting and the platform of the program
 *   hello pack RECIPE FILE    a builder for Nix: writes the image, as a docker-archive, to FILE
 *   hello script RECIPE FILE  a builder for Nix: writes an executable that prints the same image
 *   hello stream RECIPE       called by that executable
 *
 * A recipe has one "key value" per line: program (the path of this program), name, tag, greeting.
 * All data is small and is kept in fixed buffers. The same recipe always gives the same bytes.
 */

typedef unsigned char byte;
typedef unsigned int word;
typedef unsigned long size;

/* ---- System calls, and the entry point of the program ------------------------------------------------- */

#if defined(__x86_64__)
#define PLATFORM "amd64"
enum { SYS_READ = 0, SYS_WRITE = 1, SYS_CLOSE = 3, SYS_EXIT = 60, SYS_OPENAT = 257 };

static long call(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

__asm__(".globl _start\n_start:\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n");

#elif defined(__aarch64__)
#define PLATFORM "arm64"
enum { SYS_OPENAT = 56, SYS_CLOSE = 57, SYS_READ = 63, SYS_WRITE = 64, SYS_EXIT = 93 };

static long call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

__asm__(".globl _start\n_start:\n  mov x0, sp\n  bl start\n");

#else
#error "hello knows x86_64 and aarch64"
#endif

enum { AT_FDCWD = -100, O_RDONLY = 0, O_WRONLY_CREATE_TRUNCATE = 01 | 0100 | 01000 };

/* ---- The few library functions that the program needs ------------------------------------------------- */

/* The compiler may insert calls of these two functions. */
void *memset(void *to, int value, size count) {
  for (byte *p = to; count-- > 0;) *p++ = (byte)value;
  return to;
}

void *memcpy(void *to, const void *from, size count) {
  const byte *source = from;
  for (byte *p = to; count-- > 0;) *p++ = *source++;
  return to;
}

static size length(const char *text) {
  size n = 0;
  while (text[n]) n++;
  return n;
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static void exit_with(int code) {
  for (;;) call(SYS_EXIT, code, 0, 0, 0);
}

static void write_all(int file, const void *from, size count) {
  const byte *p = from;
  while (count > 0) {
    long done = call(SYS_WRITE, file, (long)p, (long)count, 0);
    if (done <= 0) exit_with(1);
    p += done;
    count -= (size)done;
  }
}

static void fail(const char *what, const char *which) {
  write_all(2, "hello: ", 7);
  write_all(2, what, length(what));
  write_all(2, which, length(which));
  write_all(2, "\n", 1);
  exit_with(1);
}

static int open_file(const char *path, int flags, int mode) {
  long file = call(SYS_OPENAT, AT_FDCWD, (long)path, flags, mode);
  if (file < 0) fail("cannot open ", path);
  return (int)file;
}

/* ---- A buffer that grows at its end ------------------------------------------------------------------- */

#define CAPACITY (64 * 1024)

struct buffer {
  size used;
  char bytes[CAPACITY];
};

static void add(struct buffer *to, const void *from, size count) {
  if (count > CAPACITY - to->used) fail("a file is larger than this example can pack", "");
  memcpy(to->bytes + to->used, from, count);
  to->used += count;
}

static void add_text(struct buffer *to, const char *text) {
  add(to, text, length(text));
}

/* For JSON. Refuses characters that would need escaping. */
static void add_plain(struct buffer *to, const char *text) {
  for (const char *p = text; *p; p++)
    if ((byte)*p < ' ' || *p == '"' || *p == '\\') fail("not a plain text: ", text);
  add_text(to, text);
}

static void read_file(struct buffer *into, const char *path) {
  int file = open_file(path, O_RDONLY, 0);
  into->used = 0;
  for (;;) {
    /* Keeps one byte free, so that a terminating 0 can be added. */
    long count = call(SYS_READ, file, (long)(into->bytes + into->used), (long)(CAPACITY - 1 - into->used), 0);
    if (count < 0) fail("cannot read ", path);
    if (count == 0) break;
    into->used += (size)count;
  }
  if (into->used == CAPACITY - 1) fail("too large: ", path);
  into->bytes[into->used] = 0;
  call(SYS_CLOSE, file, 0, 0, 0);
}

/* ---- SHA-256 (FIPS 180-4) ----------------------------------------------------------------------------- */

static const word ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static word turn(word value, int by) {
  return value >> by | value << (32 - by);
}

static void sha256_block(word state[8], const byte *block) {
  word w[64] = {0}, s[8];
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 4; k++) w[i] = w[i] << 8 | block[4 * i + k];
  for (int i = 16; i < 64; i++) {
    word a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3;
    word b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    word a = turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25);
    word b = turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22);
    word choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    word majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    word first = s[7] + a + choice + ROUND[i] + w[i];
    for (int k = 7; k > 0; k--) s[k] = s[k - 1];
    s[4] += first;
    s[0] = first + b + majority;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

/* Writes 64 hex digits and an end of string. */
static void sha256(char hex[65], const struct buffer *of) {
  word state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  byte last[128] = {0};
  size whole = of->used / 64 * 64, rest = of->used - whole, padded = rest < 56 ? 64 : 128;
  for (size at = 0; at < whole; at += 64) sha256_block(state, (const byte *)of->bytes + at);
  memcpy(last, of->bytes + whole, rest);
  last[rest] = 0x80;
  for (int i = 0; i < 8; i++) last[padded - 1 - (size)i] = (byte)(of->used * 8 >> 8 * i);
  for (size at = 0; at < padded; at += 64) sha256_block(state, last + at);
  for (int i = 0; i < 64; i++) hex[i] = "0123456789abcdef"[state[i / 8] >> (28 - i % 8 * 4) & 15];
  hex[64] = 0;
}

/* ---- tar (POSIX ustar) -------------------------------------------------------------------------------- */

static void octal(char *field, int digits, size value) {
  for (int i = digits; i-- > 0; value >>= 3) field[i] = (char)('0' + (value & 7));
}

/* A name that ends in a slash is a folder. Times are 0 and everything belongs to root. */
static void add_member(struct buffer *tar, const char *name, int mode, const void *content, size count) {
  static const byte zeros[512];
  char header[512] = {0};
  size name_length = length(name), sum = 0;
  if (name_length > 100) fail("too long a name: ", name);
  memcpy(header, name, name_length);
  octal(header + 100, 7, (size)mode);
  octal(header + 108, 7, 0);
  octal(header + 116, 7, 0);
  octal(header + 124, 11, count);
  octal(header + 136, 11, 0);
  memset(header + 148, ' ', 8);
  header[156] = name[name_length - 1] == '/' ? '5' : '0';
  memcpy(header + 257, "ustar\0" "00", 8);
  for (int i = 0; i < 512; i++) sum += (byte)header[i];
  octal(header + 148, 6, sum);
  header[154] = 0;
  add(tar, header, 512);
  add(tar, content, count);
  add(tar, zeros, (512 - count % 512) % 512);
}

static void end_tar(struct buffer *tar) {
  static const byte zeros[1024];
  add(tar, zeros, 1024);
}

/* ---- The image: three layers, a config and a manifest, as `docker save` writes them ------------------- */

struct recipe {
  const char *program, *name, *tag, *greeting;
};

static struct buffer recipe_text, program, greeting, layers[3], config, manifest, archive;

/* Points the field of each key at its value. The values stay in the buffer, each terminated by a 0. */
static struct recipe parse_recipe(char *text) {
  struct recipe it = {0};
  while (*text) {
    char *key = text, *value = "";
    while (*text && *text != '\n') {
      if (*text == ' ' && !*value) *text = 0, value = text + 1;
      text++;
    }
    if (*text) *text++ = 0;
    if (same(key, "program")) it.program = value;
    if (same(key, "name")) it.name = value;
    if (same(key, "tag")) it.tag = value;
    if (same(key, "greeting")) it.greeting = value;
  }
  if (!it.program || !it.name || !it.tag || !it.greeting) fail("the recipe lacks a key", "");
  return it;
}

static void make_layers(const struct recipe *of) {
  static const char users[] = "root:x:0:0:root:/:/bin/hello\n";
  read_file(&program, of->program);
  add_text(&greeting, of->greeting);
  add_text(&greeting, "\n");
  /* The layer that never changes comes first. It is the same for every platform, and is stored and sent once. */
  add_member(&layers[0], "etc/", 0755, 0, 0);
  add_member(&layers[0], "etc/passwd", 0644, users, sizeof users - 1);
  add_member(&layers[1], "bin/", 0755, 0, 0);
  add_member(&layers[1], "bin/hello", 0755, program.bytes, program.used);
  add_member(&layers[2], "etc/", 0755, 0, 0);
  add_member(&layers[2], "etc/greeting", 0644, greeting.bytes, greeting.used);
  for (int i = 0; i < 3; i++) end_tar(&layers[i]);
}

static void add_config(char diff_ids[3][65], char name[70]) {
  char id[65];
  add_text(&config, "{\"architecture\":\"" PLATFORM "\",\"config\":{");
  add_text(&config, "\"Entrypoint\":[\"/bin/hello\"],\"Env\":[\"PATH=/bin\"]},");
  add_text(&config, "\"created\":\"1970-01-01T00:00:00Z\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[");
  for (int i = 0; i < 3; i++) {
    add_text(&config, i ? ",\"sha256:" : "\"sha256:");
    add_text(&config, diff_ids[i]);
    add_text(&config, "\"");
  }
  add_text(&config, "],\"type\":\"layers\"}}");
  sha256(id, &config);
  memcpy(name, id, 64);
  memcpy(name + 64, ".json", 6);
  add_member(&archive, name, 0644, config.bytes, config.used);
}

static void add_manifest(const struct recipe *of, char layer_names[3][75], const char *config_name) {
  add_text(&manifest, "[{\"Config\":\"");
  add_text(&manifest, config_name);
  add_text(&manifest, "\",\"RepoTags\":[\"");
  add_plain(&manifest, of->name);
  add_text(&manifest, ":");
  add_plain(&manifest, of->tag);
  add_text(&manifest, "\"],\"Layers\":[");
  for (int i = 0; i < 3; i++) {
    add_text(&manifest, i ? ",\"" : "\"");
    add_text(&manifest, layer_names[i]);
    add_text(&manifest, "\"");
  }
  add_text(&manifest, "]}]");
  add_member(&archive, "manifest.json", 0644, manifest.bytes, manifest.used);
}

static void make_archive(const struct recipe *of) {
  char diff_ids[3][65], layer_names[3][75], config_name[70];
  for (int i = 0; i < 3; i++) {
    sha256(diff_ids[i], &layers[i]);
    memcpy(layer_names[i], diff_ids[i], 64);
    memcpy(layer_names[i] + 64, "/layer.tar", 11);
    add_member(&archive, layer_names[i], 0644, layers[i].bytes, layers[i].used);
  }
  add_config(diff_ids, config_name);
  add_manifest(of, layer_names, config_name);
  end_tar(&archive);
}

static void write_image(const char *recipe_path, int file) {
  read_file(&recipe_text, recipe_path);
  struct recipe recipe = parse_recipe(recipe_text.bytes);
  make_layers(&recipe);
  make_archive(&recipe);
  write_all(file, archive.bytes, archive.used);
}

/* The script is a line that makes the kernel run "PROGRAM stream SCRIPT", followed by the recipe. */
static void write_script(const char *recipe_path, const char *path) {
  read_file(&recipe_text, recipe_path);
  add(&archive, recipe_text.bytes, recipe_text.used);
  archive.bytes[archive.used] = 0;
  struct recipe recipe = parse_recipe(archive.bytes);
  int file = open_file(path, O_WRONLY_CREATE_TRUNCATE, 0755);
  write_all(file, "#!", 2);
  write_all(file, recipe.program, length(recipe.program));
  write_all(file, " stream\n", 8);
  write_all(file, recipe_text.bytes, recipe_text.used);
}

/* ---- What the container runs -------------------------------------------------------------------------- */

static void greet(int count, char **words) {
  read_file(&greeting, "/etc/greeting");
  if (greeting.used > 0) greeting.used--;
  add_text(&greeting, " from linux/" PLATFORM);
  for (int i = 0; i < count; i++) {
    add_text(&greeting, i ? " " : ": ");
    add_text(&greeting, words[i]);
  }
  add_text(&greeting, "\n");
  write_all(1, greeting.bytes, greeting.used);
}

/* The kernel puts the number of arguments and the arguments on the stack. */
__attribute__((used)) void start(long *stack) {
  int count = (int)*stack;
  char **argument = (char **)(stack + 1);
  if (count == 4 && same(argument[1], "pack"))
    write_image(argument[2], open_file(argument[3], O_WRONLY_CREATE_TRUNCATE, 0644));
  else if (count == 4 && same(argument[1], "script"))
    write_script(argument[2], argument[3]);
  else if (count == 3 && same(argument[1], "stream"))
    write_image(argument[2], 1);
  else
    greet(count > 0 ? count - 1 : 0, argument + 1);
  exit_with(0);
}
