export const id = 631;
export const ids = [631];
export const modules = {

/***/ 776:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  mC: () => (/* binding */ around),
  tO: () => (/* binding */ readyForBuild),
  $T: () => (/* binding */ setUpNix)
});

// EXTERNAL MODULE: ./lib/nix/nix.js + 2 modules
var nix = __webpack_require__(8969);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/nix/cachix.js
var cachix = __webpack_require__(9217);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
;// CONCATENATED MODULE: ./lib/nix/netrc.js


/**
 * The text of the one netrc that Nix can read; empty where nothing comes to what it has already. The first entry for a
 * machine counts, so the user's own come before ours, and all before those that were there. Throws a `UserError` where the
 * user's lines have no entry at all.
 */
function composeNetrc({ own = '', caches = [], existing = '' }) {
    const entries = parseNetrc(own);
    if (entries.length === 0 && own.trim() !== '')
        throw noNetrc();
    const named = new Set(entries.map(({ machine }) => machine));
    const machines = new Map(caches.map(({ uri, token }) => [new URL(uri).hostname, token]));
    const lines = [...machines]
        .filter(([machine]) => !named.has(machine))
        .map(([machine, token]) => cacheLine(machine, token));
    // An entry for all machines hides what follows it, so lines for single ones stand first.
    const added = [...lines, own].map(text => text.trimEnd()).filter(Boolean);
    if (added.length === 0)
        return '';
    return `${[...added, existing.trimEnd()].filter(Boolean).join('\n')}\n`;
}
/** What stands there may be secret, so it is not shown. */
function noNetrc() {
    return new util_error/* UserError */.yo('The input netrc names no machine', {
        hint: 'It has lines such as `machine cache.example.org login me password secret`.',
    });
}
/** Some versions of curl take no password without a login, and an empty one is as good for Cachix. */
function cacheLine(machine, token) {
    return `machine ${machine} login "" password ${quoted(token)}`;
}
/** Plain where that can be, since old versions of curl know no quotes. */
function quoted(password) {
    if (/[\x00-\x1f\x7f]/.test(password)) {
        throw new util_error/* UserError */.yo('cachix-auth-token holds a line end or another character that no token has', {
            hint: 'Give the token alone, on one line.',
        });
    }
    return /[\s"\\#]/.test(password) ? `"${password.replace(/["\\]/g, '\\$&')}"` : password;
}
/** The entries of a netrc, in order. Macros and what we do not know are left out, as curl does. */
function parseNetrc(text) {
    const entries = [];
    const words = wordsOf(text);
    for (let at = 0; at < words.length; at++) {
        const entry = entries.at(-1);
        const next = words[at + 1];
        if (words[at] === 'machine')
            entries.push({ machine: next ?? '', login: '', password: '' });
        else if (words[at] === 'default')
            entries.push({ machine: undefined, login: '', password: '' });
        else if (words[at] === 'login' && entry)
            entry.login = next ?? '';
        else if (words[at] === 'password' && entry)
            entry.password = next ?? '';
        else if (words[at] !== 'account')
            continue;
        if (words[at] !== 'default')
            at++;
    }
    return entries;
}
const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/g;
/** Without comments, and without macros, which end with a blank line. */
function wordsOf(text) {
    const told = text
        .replaceAll('\r', '')
        .replace(/^[ \t]*macdef[\s\S]*?(?:\n[ \t]*\n|$(?!\n))/gm, '\n')
        .replace(/^[ \t]*#.*$/gm, '');
    return [...told.matchAll(WORD)].map(([, inQuotes, plain]) => inQuotes === undefined ? (plain ?? '') : inQuotes.replace(/\\(.)/g, '$1'));
}
/** The header that shows a machine who we are; `undefined` where a netrc has no entry for it. */
function authorizationFor(entries, hostname) {
    const entry = entries.find(({ machine }) => machine === undefined || machine === hostname);
    if (entry === undefined)
        return undefined;
    return `Basic ${Buffer.from(`${entry.login}:${entry.password}`).toString('base64')}`;
}
/** The passwords in a netrc, to be kept out of logs. */
function passwordsIn(text) {
    return [...new Set(parseNetrc(text).map(({ password }) => password))].filter(Boolean);
}
/** What a netrc file holds; `undefined` where there is none, or none that we may read. */
function readNetrc(path) {
    return path === '' ? Promise.resolve(undefined) : (0,promises_.readFile)(path, 'utf8').catch(() => undefined);
}

// EXTERNAL MODULE: ./lib/util/file.js
var util_file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/nix/public-key.js
var public_key = __webpack_require__(5948);
// EXTERNAL MODULE: ./lib/nix/store-uri.js
var store_uri = __webpack_require__(5181);
// EXTERNAL MODULE: ./lib/nix/web.js
var nix_web = __webpack_require__(6133);
;// CONCATENATED MODULE: ./lib/nix/substituters.js






/**
 * Asks every cache whether it is one, and leaves out those that would be of no use. Throws a `UserError` only for addresses
 * and keys that are malformed.
 */
async function chooseSubstituters(inputs, web) {
    const stores = [...new Set([...inputs.substituters, ...inputs.cachix.map(({ uri }) => uri)])].map(store_uri/* parseStoreUri */.x);
    const given = inputs.publicKeys.map(public_key/* parsePublicKey */.e);
    const token = inputs.cachixToken;
    const caches = token ? inputs.cachix.filter(each => !each.isPublic).map(({ uri }) => ({ uri, token })) : [];
    const netrc = composeNetrc({ own: inputs.netrc, caches, existing: inputs.existingNetrc });
    const entries = parseNetrc(netrc || (inputs.existingNetrc ?? ''));
    const problems = await (0,limit/* mapLimit */.sf)(stores, 8, store => problemOf(store, entries, web));
    const used = stores.filter((_, index) => problems[index] === undefined).map(({ text }) => text);
    const cachixKeys = inputs.cachix
        .filter(({ uri }) => used.includes(uri))
        .flatMap(each => each.publicSigningKeys);
    return {
        substituters: used,
        publicKeys: [...new Set([...given, ...cachixKeys])],
        netrc,
        warnings: stores.flatMap(({ text }, index) => {
            const problem = problems[index];
            return problem === undefined ? [] : [`The cache ${text} is not used: ${problem}`];
        }),
    };
}
async function problemOf(store, entries, web) {
    switch (store.kind) {
        case 'other':
            return undefined;
        case 'folder':
            return (await (0,util_file/* exists */.t2)(store.path)) ? undefined : `there is no folder ${store.path}`;
        case 'http': {
            const authorization = authorizationFor(entries, store.url.hostname);
            const headers = authorization === undefined ? {} : { authorization };
            const url = (0,store_uri/* fileUrl */.i)(store.url, 'nix-cache-info');
            const answer = await (0,nix_web/* ask */.k)(url, { headers, redirect: 'follow' }, web);
            if (answer.status === undefined && web.hasProxy)
                return undefined;
            return problemIn(answer, authorization !== undefined);
        }
    }
}
function problemIn(answer, isKnown) {
    if (answer.status === undefined)
        return `it cannot be reached, ${answer.reason}`;
    switch (answer.status) {
        case 200:
            return /^StoreDir:/m.test(answer.text) ? otherFolder(answer.text) : 'what is there is no binary cache';
        case 404:
            return 'there is no binary cache; check the address';
        case 401:
        case 403:
            return isKnown
                ? 'it does not accept the credentials in netrc'
                : 'it wants credentials; put them into netrc';
        default:
            return `it answers with status ${answer.status}`;
    }
}
function otherFolder(text) {
    const [, folder = ''] = /^StoreDir:\s*(\S*)/m.exec(text) ?? [];
    return folder === '/nix/store' ? undefined : `its paths lie in ${folder || 'no folder'}, not in /nix/store`;
}

// EXTERNAL MODULE: ./lib/util/url.js
var url = __webpack_require__(7237);
;// CONCATENATED MODULE: ./lib/nix/user-conf.js



/**
 * So that a cache that breaks off or falls silent ends no build: Nix would wait for minutes, and then give up unless it is
 * told to build instead. In seconds.
 */
const PATIENCE = { fallback: 'true', 'connect-timeout': '15', 'stalled-download-timeout': '60' };
/** The text of a configuration file of Nix. */
function userConfText(conf) {
    const settings = [
        ['extra-experimental-features', 'nix-command flakes'],
        ...(conf.substituters.length > 0 ? Object.entries(PATIENCE) : []),
        ['extra-substituters', conf.substituters.join(' ')],
        ['extra-trusted-public-keys', conf.publicKeys.join(' ')],
        ['netrc-file', conf.netrcFile],
        ['extra-access-tokens', accessToken(conf)],
    ];
    const ours = settings.flatMap(([name, value]) => (value ? [line(name, value)] : []));
    return `${[...ours, ...conf.lines].join('\n')}\n`;
}
/** Tokens of GitHub Enterprise Server are nothing to github.com, nor to Nix. */
function accessToken({ githubToken, githubServer = 'https://github.com' }) {
    const isGithub = (0,url/* urlFrom */.s)(githubServer)?.origin === 'https://github.com';
    return githubToken && isGithub ? `github.com=${githubToken}` : undefined;
}
/** A value ends with its line, or where a comment begins. Values may be secret, so they are not shown. */
function line(name, value) {
    if (!/[\x00-\x1f\x7f#]/.test(value))
        return `${name} = ${value}`;
    throw new util_error/* UserError */.yo(`The value for Nix's setting ${name} holds a line end or a #`, {
        hint: 'Nix takes no such value. Give the token, key or address alone.',
    });
}
/**
 * The value of NIX_USER_CONF_FILES with our file first, whose settings win, then those that Nix would read without it.
 * A variable that is set but empty counts, as it does for Nix.
 */
function userConfFiles(ours, env) {
    const others = env.NIX_USER_CONF_FILES?.split(':').filter(Boolean) ?? usualFiles(env);
    return [ours, ...others.filter(file => file !== ours)].join(':');
}
function usualFiles(env) {
    const home = env.XDG_CONFIG_HOME ?? (0,external_node_path_.join)(env.HOME ?? '/', '.config');
    const dirs = (env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').filter(Boolean);
    const first = env.NIX_CONFIG_HOME ?? (0,external_node_path_.join)(home || '/', 'nix');
    return [first, ...dirs.map(dir => (0,external_node_path_.join)(dir, 'nix'))].map(folder => (0,external_node_path_.join)(folder, 'nix.conf'));
}

;// CONCATENATED MODULE: ./lib/command/caches.js







/** Finds out which caches are there. Those that are not are left out with a warning, since a build can do without. */
async function offeredCaches(inputs, host, signal, netrcFile) {
    const web = { signal, hasProxy: hasProxy(host.env) };
    const { cachixHost, cachixAuthToken, extraSubstituters, extraTrustedPublicKeys, netrc } = inputs;
    const existingNetrc = await readNetrc(netrcFile);
    const asked = await (0,cachix/* askCachix */.O)(inputs.cachix, {
        ...web,
        host: cachixHost,
        ...(cachixAuthToken && { token: cachixAuthToken }),
    });
    const chosen = await chooseSubstituters({
        substituters: extraSubstituters,
        publicKeys: extraTrustedPublicKeys,
        cachix: asked.caches,
        cachixToken: cachixAuthToken,
        netrc,
        existingNetrc,
    }, web);
    for (const password of passwordsIn(chosen.netrc))
        host.secret(password);
    const warnings = [...asked.warnings, ...chosen.warnings];
    if (chosen.netrc !== '' && existingNetrc === undefined && (await (0,util_file/* exists */.t2)(netrcFile)))
        warnings.push(`${netrcFile} cannot be read by this user, so its credentials do not count here`);
    for (const warning of warnings)
        host.log.warning(warning);
    return { ...chosen, cachix: asked.caches };
}
/**
 * Writes the settings of one job, secrets among them, where only the user can read them, and gives the value of
 * NIX_USER_CONF_FILES that makes Nix read them.
 *
 * @param first lines that come before what the inputs say
 */
async function writeUserConf(folder, { substituters, publicKeys, netrc }, inputs, host, first = []) {
    const netrcFile = netrc === '' ? undefined : (0,external_node_path_.join)(folder, 'netrc');
    if (netrcFile !== undefined)
        await (0,util_file/* writePrivately */.Q9)(netrcFile, netrc);
    // An earlier one would be a secret that nobody needs any more.
    else
        await (0,promises_.rm)((0,external_node_path_.join)(folder, 'netrc'), { force: true });
    const file = (0,external_node_path_.join)(folder, 'nix.conf');
    const text = userConfText({
        substituters,
        publicKeys,
        netrcFile,
        githubToken: inputs.githubToken,
        githubServer: host.env.GITHUB_SERVER_URL,
        lines: inputs.nixConf,
    });
    await (0,util_file/* writePrivately */.Q9)(file, [...first, text].join('\n'));
    return userConfFiles(file, host.env);
}
/** Nix goes through a proxy that these name, and Node.js may not. */
function hasProxy(env) {
    return ['http_proxy', 'https_proxy', 'all_proxy'].some(name => env[name] || env[name.toUpperCase()]);
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: ./lib/util/as-root.js
var as_root = __webpack_require__(2563);
;// CONCATENATED MODULE: ./lib/install/users.js
const BUILD_GROUP = 'nixbld';
const FIRST_ID = 30_000;
/**
 * The users that `count` builds at once need, nixbld1 and so on; those that are there already are kept, and numbers
 * that are taken passed over. `undefined` where the group has members already.
 */
function buildUsers(group, passwd, count) {
    const [, , gid = String(freeId(ids(group))), members = ''] = fieldsOf(group).find(([name]) => name === BUILD_GROUP) ?? [];
    if (members.trim() !== '')
        return undefined;
    const known = new Set(fieldsOf(passwd).map(([name]) => name));
    const names = Array.from({ length: count }, (_, n) => `${BUILD_GROUP}${n + 1}`);
    const taken = ids(passwd);
    const lines = names
        .filter(name => !known.has(name))
        .map(name => {
        const uid = freeId(taken);
        taken.add(uid);
        return `${name}:x:${uid}:${gid}:Nix builds as this user:/var/empty:/usr/sbin/nologin\n`;
    });
    const gap = passwd === '' || passwd.endsWith('\n') ? '' : '\n';
    return { passwd: gap + lines.join(''), group: `${BUILD_GROUP}:x:${gid}:${names.join(',')}` };
}
function fieldsOf(file) {
    return file.split('\n').map(line => line.split(':'));
}
function ids(file) {
    return new Set(fieldsOf(file).map(([, , id]) => Number(id)));
}
function freeId(taken) {
    let id = FIRST_ID;
    while (taken.has(id))
        id++;
    return id;
}

;// CONCATENATED MODULE: ./lib/install/conf.js

/** The settings for a machine. */
function settingsFor({ mode, user, sandbox, filter, shell }) {
    const sandboxed = `sandbox = ${sandbox}`;
    return {
        defaults: [
            'max-jobs = auto',
            'fallback = true',
            'connect-timeout = 10',
            `build-users-group = ${mode === 'daemon' ? BUILD_GROUP : ''}`.trimEnd(),
            ...(sandbox ? [sandboxed] : []),
        ],
        needed: [
            'extra-experimental-features = nix-command flakes',
            ...(sandbox ? [] : [sandboxed]),
            ...(filter ? [] : ['filter-syscalls = false']),
            ...(shell === undefined ? [] : [`extra-sandbox-paths = /bin/sh=${shell}`]),
            ...(mode === 'daemon' && user !== 'root' ? [`extra-trusted-users = ${user}`] : []),
        ],
    };
}

;// CONCATENATED MODULE: ./lib/install/configure.js







/**
 * Our settings have files of their own, so that those of others stay as they are. Nix takes the last word on a setting, so one is
 * read before what an administrator has set, and one behind it, without which nothing would build.
 */
const DEFAULTS = 'nix-multiarch.conf';
const NEEDED = 'nix-multiarch-needed.conf';
/** Arguments: the folder of settings, what goes into our files, users, and the line of their group. */
const SCRIPT = String.raw `
set -eu
umask 022
etc=$1 defaults=$2 needed=$3 users=$4 group=$5
if [ -n "$group" ]; then
  printf '%s' "$users" >>"$etc/passwd"
  if grep -q '^${BUILD_GROUP}:' "$etc/group"
  then sed -i "s|^${BUILD_GROUP}:.*|$group|" "$etc/group"
  else printf '%s\n' "$group" >>"$etc/group"
  fi
fi
mkdir -p "$etc/nix"
printf '%s\n' "$defaults" >"$etc/nix/${DEFAULTS}"
printf '%s\n' "$needed" >"$etc/nix/${NEEDED}"
file=$etc/nix/nix.conf
grep -qxF '!include ${NEEDED}' "$file" 2>/dev/null || {
  new=$file.nix-multiarch
  [ -e "$file" ] || : >"$file"
  # It may hold secrets: the new one is as closed as the old.
  cp -p "$file" "$new"
  { echo '!include ${DEFAULTS}'; cat "$file"; printf '\n%s\n' '!include ${NEEDED}'; } >"$new"
  mv "$new" "$file"
}
`;
/** Writes the system's settings for Nix, and the users that root's builds run as. May be repeated. */
async function configure(etc, machine, jobs, rights) {
    const read = (name) => (0,promises_.readFile)((0,external_node_path_.join)(etc, name), 'utf8').catch(() => '');
    const users = buildUsers(await read('group'), await read('passwd'), Math.max(jobs, 8));
    const { defaults, needed } = settingsFor(machine);
    const settings = [defaults.join('\n'), needed.join('\n')];
    const texts = [...settings, users?.passwd ?? '', users?.group ?? ''];
    const result = await (0,as_root/* asRoot */.t)(rights, 'sh', ['-c', SCRIPT, 'configure', etc, ...texts]);
    if (result.code === 0)
        return;
    throw new util_error/* UserError */.yo(`Nix's settings could not be written to ${etc}: ${result.stderr.trim()}`);
}
/** Whether an earlier run has set Nix up on this machine, for a daemon. */
function isSetUp(root = '/') {
    return (0,util_file/* exists */.t2)((0,external_node_path_.join)(root, 'etc/nix', NEEDED));
}

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(8474);
;// CONCATENATED MODULE: ./lib/util/machine-lock.js



/** For how long nobody needs to hear of waiting. */
const UNNOTICED_MS = 1000;
/**
 * Runs a task while no other process of this machine, whoever it belongs to, runs one under the lock on the same folder. The
 * lock is the kernel's, held by a program that ends with us in any case, so none is ever left behind. Where there is no
 * program `flock`, as on a Mac, the task runs without. Throws a `UserError` when others take too long.
 */
async function withMachineLock(folder, options, task) {
    const { PATH } = options.env ?? process.env;
    // Reading is enough to lock a folder, so that users with different rights find the same lock, and leave no file.
    const holder = (0,external_node_child_process_.spawn)('flock', [folder, 'sh', '-c', 'echo held; exec cat'], {
        env: { PATH },
        stdio: ['pipe', 'pipe', 'ignore'],
        // What a terminal's Ctrl-C begins is cleaned up under the lock.
        detached: true,
    });
    const ended = (0,external_node_events_.once)(holder, 'close').catch(() => { });
    holder.stdin.on('error', () => { });
    try {
        await held(holder, ended, options);
        return await task();
    }
    finally {
        holder.stdout.resume();
        holder.stdin.end();
        await ended;
    }
}
/** Resolves also when the program ends without a lock: there is none to be had then. */
async function held(holder, ended, { signal, patience, onWait }) {
    const noticed = setTimeout(onWait, UNNOTICED_MS);
    const enough = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    try {
        await Promise.race([(0,external_node_events_.once)(holder.stdout, 'data', { signal: enough }), ended]);
    }
    catch {
        holder.kill();
        signal.throwIfAborted();
        throw new util_error/* UserError */.yo(`Another process of this machine has held it up for ${patience / 1000} s`, {
            hint: 'See whether an installation of Nix hangs, and end it.',
        });
    }
    finally {
        clearTimeout(noticed);
    }
}

// EXTERNAL MODULE: ./lib/util/network-variables.js
var network_variables = __webpack_require__(1334);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./lib/install/access.js






/** Throws a `UserError` where there is no way. */
async function accessTo(folder, rights, platform) {
    if (platform === 'linux' && (await (0,as_root/* mayBeRoot */.B)(rights)))
        return { mode: 'daemon', rights };
    if (await isWritable(folder))
        return { mode: 'single-user', rights: { ...rights, own: true } };
    throw new util_error/* UserError */.yo(`There is no Nix here, and this user cannot install it: ${folder} cannot be written`, {
        hint: `Run this as root or as a user with passwordless sudo, let ${folder} belong to this user, or install Nix before: it is then used as it is.`,
    });
}
async function isWritable(folder) {
    const place = (await (0,util_file/* exists */.t2)(folder)) ? folder : (0,external_node_path_.dirname)(folder);
    return (0,promises_.access)(place, external_node_fs_.constants.W_OK).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./lib/install/certificates.js


/** Where Nix looks by itself. */
const FOUND_BY_NIX = 'etc/ssl/certs/ca-certificates.crt';
/** Where systems keep the certificates of authorities that they trust, in one file. */
const BUNDLES = [
    'etc/ssl/certs/ca-bundle.crt',
    'etc/pki/tls/certs/ca-bundle.crt',
    'etc/ssl/ca-bundle.pem',
    'etc/ssl/cert.pem',
];
/**
 * The variable that leads Nix to certificates, where it would find none or others by itself: to those that the user set
 * for other programs, the system's, or those that came with Nix.
 */
async function certificateVariable(root, env, cacert) {
    const file = env.NIX_SSL_CERT_FILE || env.SSL_CERT_FILE || (await findBundle(root, cacert));
    return file === undefined ? {} : { NIX_SSL_CERT_FILE: file };
}
async function findBundle(root, cacert) {
    if (await (0,util_file/* exists */.t2)((0,external_node_path_.join)(root, FOUND_BY_NIX)))
        return undefined;
    const own = cacert === undefined ? [] : [(0,external_node_path_.join)(cacert, 'etc/ssl/certs/ca-bundle.crt')];
    for (const file of [...BUNDLES.map(bundle => (0,external_node_path_.join)(root, bundle)), ...own]) {
        if (await (0,util_file/* exists */.t2)(file))
            return file;
    }
    return undefined;
}

// EXTERNAL MODULE: ./lib/util/clock.js
var clock = __webpack_require__(8394);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
;// CONCATENATED MODULE: ./lib/install/daemon-socket.js


/** The first words of a client and of the daemon, each a number of 64 bits (worker protocol, libstore). */
const GREETING = Buffer.from('6378696e00000000', 'hex');
const ANSWER = Buffer.from('6f69786400000000', 'hex');
/** For how long a daemon that takes a connection may keep silent before it counts as none. */
const PATIENCE_MS = 5000;
/** Where the daemon of a Nix listens, by Nix's folder. */
function socketIn(folder) {
    return (0,external_node_path_.join)(folder, 'var/nix/daemon-socket/socket');
}
/**
 * Whether a Nix daemon answers at a socket. It does so only when it has opened the store, which makes a fresh one
 * ready for many clients at once.
 */
function answers(socket, patienceMs) {
    return new Promise(resolve => {
        const connection = (0,external_node_net_.connect)(socket);
        let heard = Buffer.alloc(0);
        const end = (ready) => {
            connection.destroy();
            resolve(ready);
        };
        connection.setTimeout(patienceMs, () => end(false));
        connection.on('error', () => end(false));
        connection.on('close', () => end(false));
        connection.on('connect', () => connection.write(GREETING));
        connection.on('data', chunk => {
            heard = Buffer.concat([heard, chunk]);
            if (heard.length >= ANSWER.length)
                end(heard.subarray(0, ANSWER.length).equals(ANSWER));
        });
    });
}

// EXTERNAL MODULE: ./lib/install/process-table.js
var process_table = __webpack_require__(1895);
// EXTERNAL MODULE: ./lib/install/stop-daemon.js
var stop_daemon = __webpack_require__(6344);
;// CONCATENATED MODULE: ./lib/install/daemon.js








/** Its own session, so that it outlives whoever started it. */
const START = `
set -eu
umask 022
log=$1 program=$2
mkdir -p "$(dirname "$log")"
while IFS= read -r assignment; do export "$assignment"; done
setsid "$program" </dev/null >"$log" 2>&1 &
echo $!
`;
const START_MS = 20_000;
const POLL_MS = 10;
/**
 * Starts Nix's daemon as root and waits until it answers. Gives `undefined` where one answers already, which is not ours.
 * Throws a `UserError` with its last words when it does not come up.
 */
async function startDaemon(options) {
    const { bin, folder, variables, rights, signal } = options;
    const socket = socketIn(folder);
    if (await answers(socket, PATIENCE_MS))
        return undefined;
    const log = (0,external_node_path_.join)(folder, 'var/log/nix-multiarch/daemon.log');
    const lines = Object.entries(variables).filter(([, value]) => !/[\n\0]/.test(value));
    const input = lines.map(([name, value]) => `${name}=${value}\n`).join('');
    const args = ['-c', START, 'start', log, (0,external_node_path_.join)(bin, 'nix-daemon')];
    // Not with the signal: what has been started must be known.
    const result = await (0,as_root/* asRoot */.t)(rights, 'sh', args, { input });
    const started = result.code === 0 ? await (0,process_table/* processOf */.hh)(Number(result.stdout.trim())) : undefined;
    if (started === undefined)
        throw await notUp(log, result.stderr);
    const daemon = { pid: started.pid, startTime: started.startTime, log };
    try {
        await untilAnswers(daemon, socket, signal);
        return daemon;
    }
    catch (error) {
        await (0,stop_daemon/* stopDaemon */.Z)(daemon, rights);
        throw error;
    }
}
async function untilAnswers(daemon, socket, signal) {
    const deadline = Date.now() + START_MS;
    signal.throwIfAborted();
    while (!(await answers(socket, START_MS))) {
        if (Date.now() > deadline || !(await (0,process_table/* isRunning */.W_)(daemon)))
            throw await notUp(daemon.log, '');
        await clock/* systemClock */.m.sleep(POLL_MS, signal);
    }
}
async function notUp(log, stderr) {
    const text = stderr + (await (0,promises_.readFile)(log, 'utf8').catch(() => ''));
    const last = text.trim().split('\n').slice(-5).join('\n');
    return new util_error/* UserError */.yo(`Nix's daemon did not start: ${last || 'it said nothing'}`);
}

;// CONCATENATED MODULE: ./lib/install/kvm.js



const FOR_ALL = 0o006;
/** Lets every user run virtual machines with the kernel's help, as builds that ask for `kvm` do. Never fails. */
async function openKvm(root, rights) {
    const device = (0,external_node_path_.join)(root, 'dev/kvm');
    const mode = await (0,promises_.stat)(device).then(stats => stats.mode, () => FOR_ALL);
    if ((mode & FOR_ALL) !== FOR_ALL)
        await (0,as_root/* asRoot */.t)(rights, 'chmod', ['a+rw', device]);
}

;// CONCATENATED MODULE: ./lib/install/macos.js



/**
 * The root of a Mac is read-only: /nix can only be a mount point that the system makes by itself out of synthetic.conf, with a
 * volume of its own on it. Arguments: the user that it shall belong to.
 */
const macos_SCRIPT = String.raw `
set -eu
grep -qx nix /etc/synthetic.conf 2>/dev/null || printf 'nix\n' >>/etc/synthetic.conf
# It fails where there is nothing new to make.
/System/Library/Filesystems/apfs.fs/Contents/Resources/apfs.util -t || :
disk=$(diskutil info / | sed -n 's/^ *Part of Whole: *//p')
diskutil apfs addVolume "$disk" APFS 'Nix Store' -mountpoint /nix
diskutil enableOwnership /nix || :
mdutil -i off /nix || :
chown "$1" /nix
`;
/** Makes /nix on a Mac that has none, for this user. Throws a `UserError` when that takes rights that we have not. */
async function makeNixVolume(user, rights, folder = '/nix') {
    if (await (0,util_file/* exists */.t2)(folder))
        return;
    const result = await (0,as_root/* asRoot */.t)(rights, 'sh', ['-c', macos_SCRIPT, 'volume', user]);
    if (result.code === 0)
        return;
    throw new util_error/* UserError */.yo(`No volume could be made for /nix: ${result.stderr.trim() || result.stdout.trim()}`, {
        hint: 'It takes root. Run this as a user with passwordless sudo, or install Nix before: it is then used as it is.',
    });
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ./lib/util/proxy.js + 1 modules
var proxy = __webpack_require__(5742);
// EXTERNAL MODULE: ./lib/util/proxy-error.js
var proxy_error = __webpack_require__(6343);
// EXTERNAL MODULE: ./lib/util/route.js + 1 modules
var route = __webpack_require__(9993);
// EXTERNAL MODULE: ./lib/util/transient.js
var util_transient = __webpack_require__(1386);
;// CONCATENATED MODULE: ./lib/util/get.js







/**
 * The answer to a GET, as it comes and redirected nowhere, through the proxy that the environment names. Throws `Transient`
 * where the host cannot be reached, and `UserError` for a proxy that is none. For large files: `fetch` takes about twice the
 * processor's time for them.
 */
async function get(url, signal, env) {
    const routes = new route/* Routes */.B({ http: external_node_http_.globalAgent, https: external_node_https_.globalAgent }, address => (0,proxy/* proxyFor */.i)(address, env));
    const { request, options, headers, reader } = routes.to(url);
    return new Promise((resolve, reject) => {
        const fail = (error) => reject(unreachable(url, error));
        const all = {
            ...options,
            signal,
            headers: { 'accept-encoding': 'identity', ...loginOf(url), ...headers },
        };
        const call = request(all, response => {
            if (!reader || response.statusCode !== 407)
                return resolve(response);
            response.destroy();
            fail((0,proxy_error/* proxyRefusal */.vd)(reader, 407));
        });
        call.on('error', error => fail(reader ? (0,proxy_error/* proxyFailure */.xh)(reader, error) : error));
        // Node.js ends a request for which there is no connection yet only when there is one.
        signal.addEventListener('abort', () => routes.close(), { once: true });
        call.once('close', () => routes.close());
        call.end();
    });
}
/** A name and password that stand in the address are for its server. */
function loginOf({ username, password }) {
    if (username === '')
        return {};
    const login = [username, password].map(decodeURIComponent).join(':');
    return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}
function unreachable({ host }, error) {
    // Where several addresses were tried, the message is empty.
    const reason = error.message || (0,util_error/* codeOf */.$N)(error);
    const variable = error instanceof proxy_error/* ProxyError */.T6 ? ` (${error.proxy.variable} names it)` : '';
    return new util_transient/* Transient */.R(`${host} cannot be reached: ${reason}${variable}`, { cause: error });
}

// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __webpack_require__(4338);
// EXTERNAL MODULE: ./lib/util/reach.js
var reach = __webpack_require__(6035);
;// CONCATENATED MODULE: ./lib/util/download.js







/** The server could not be reached, or did not deliver, however often it was tried. */
class OutOfReach extends util_error/* UserError */.yo {
    name = 'OutOfReach';
}
/** A server answered with a failure that trying again does not mend. */
class Refused extends util_error/* UserError */.yo {
    name = 'Refused';
    status;
    constructor(url, status, hint) {
        super(`${withoutSecrets(url)} cannot be downloaded: the server answered ${status}`, { hint });
        this.status = status;
    }
}
/**
 * Puts what lies at a URL into a file, which appears only when it is whole and `accept` has let its SHA-256 (hex) pass; what
 * `accept` throws, is thrown. Throws `OutOfReach` or `Refused` when it cannot be had.
 */
async function download(url, path, accept, options) {
    await trying(url, options, async (signal) => {
        const part = await part_file/* PartFile */.Y.create((0,external_node_path_.dirname)(path));
        try {
            const hash = (0,external_node_crypto_.createHash)('sha256');
            for await (const chunk of bodyOf(url, options, signal)) {
                const written = part.write(chunk);
                hash.update(chunk);
                await written;
            }
            accept(hash.digest('hex'));
            await part.close();
            await part.rename(path);
        }
        finally {
            await part.discard();
        }
    });
}
/** A short text from a URL, at most 64 KiB. Fails like `download`. */
async function downloadText(url, options) {
    return trying(url, options, async (signal) => {
        const chunks = [];
        let size = 0;
        for await (const chunk of bodyOf(url, options, signal)) {
            size += chunk.length;
            if (size > 65_536)
                throw new util_error/* UserError */.yo(`${withoutSecrets(url)} is longer than was to be expected`);
            chunks.push(chunk);
        }
        return Buffer.concat(chunks).toString();
    });
}
async function trying(url, { retry, debug, signal }, task) {
    try {
        return await (0,util_transient/* retrying */.i)(retry, debug, () => task(signal), signal);
    }
    catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof util_transient/* Transient */.R))
            throw error;
        const message = `${withoutSecrets(url)} cannot be downloaded: ${(0,util_error/* messageOf */.bD)(error)}`;
        throw new OutOfReach(message, { cause: error });
    }
}
/** The body of the answer. Breaks with `Transient` where it is cut, stalls, or the server is only out of sorts. */
async function* bodyOf(url, { patience = 30_000, env = process.env }, signal) {
    const watch = watchdog(patience, signal);
    try {
        const response = await follow(url, watch.signal, env);
        watch.alive();
        for await (const chunk of response) {
            watch.alive();
            yield chunk;
        }
    }
    catch (error) {
        signal?.throwIfAborted();
        if (watch.signal.aborted)
            throw watch.signal.reason;
        throw error instanceof util_error/* UserError */.yo || error instanceof util_transient/* Transient */.R ? error : broken(error);
    }
    finally {
        watch.end();
    }
}
function broken(error) {
    return new util_transient/* Transient */.R(`the connection broke: ${(0,util_error/* messageOf */.bD)(error)}`, { cause: error });
}
const MOST_REDIRECTS = 10;
/** The answer behind all redirects, which may not lead from https to http. */
async function follow(url, signal, env) {
    let at = new URL(url);
    for (let count = 0; count <= MOST_REDIRECTS; count++) {
        const response = await get(at, signal, env);
        const { statusCode: status = 0, headers } = response;
        if (status === 200)
            return response;
        response.destroy();
        if (status < 300 || status > 399 || headers.location === undefined)
            throw download_problemOf(at, status, headers);
        const next = new URL(headers.location, at);
        if (next.protocol !== 'https:' && (at.protocol === 'https:' || next.protocol !== 'http:'))
            throw new util_error/* UserError */.yo(`${withoutSecrets(at.href)} leads to ${next.origin}, which is not safe: not followed`);
        at = next;
    }
    throw new util_error/* UserError */.yo(`${withoutSecrets(url)} leads to more than ${MOST_REDIRECTS} other places`);
}
function download_problemOf({ href, host }, status, headers) {
    if (status !== 408 && status !== 429 && status < 500)
        return new Refused(href, status);
    return new util_transient/* Transient */.R(`${host} answered ${status}`, { retryAfter: (0,reach/* askedPatience */.Se)(headers['retry-after']) });
}
/** An address without what may be a password or a signature in it. */
function withoutSecrets(url) {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
}
/** A signal that comes when nothing was alive for so many milliseconds, or with the one given. */
function watchdog(patience, signal) {
    const abort = new AbortController();
    const give = () => abort.abort(new util_transient/* Transient */.R(`nothing came for ${patience / 1000} s`));
    const timer = setTimeout(give, patience);
    return {
        signal: AbortSignal.any([abort.signal, ...(signal ? [signal] : [])]),
        alive: () => void timer.refresh(),
        end: () => clearTimeout(timer),
    };
}

// EXTERNAL MODULE: ./lib/util/program.js
var program = __webpack_require__(2332);
// EXTERNAL MODULE: ./lib/util/writable.js
var writable = __webpack_require__(5078);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(6466);
;// CONCATENATED MODULE: ./lib/install/fetch-release.js







/**
 * Gives the path of a release's tarball, verified in any case: from one of the folders where it is there, else downloaded into the
 * first that can be written.
 */
async function fetchRelease(release, folders, options) {
    const name = (0,external_node_path_.basename)(new URL(release.url).pathname);
    const expected = release.sha256?.toLowerCase() ?? (await publishedHash(release, options));
    for (const folder of folders) {
        if ((await hashOf((0,external_node_path_.join)(folder, name))) === expected)
            return (0,external_node_path_.join)(folder, name);
    }
    const folder = await (0,writable/* firstWritable */.n)(...folders);
    const accept = (sha256) => check(release, expected, sha256);
    await download(release.url, (0,external_node_path_.join)(folder, name), accept, options).catch(error => explain(error, folder));
    return (0,external_node_path_.join)(folder, name);
}
/** `undefined` where there is no file that can be read. */
async function hashOf(path) {
    const hash = (0,external_node_crypto_.createHash)('sha256');
    return (0,external_node_stream_promises_.pipeline)((0,external_node_fs_.createReadStream)(path, { highWaterMark: 1 << 20 }), hash).then(() => hash.digest('hex'), () => undefined);
}
function check({ url }, expected, sha256) {
    if (sha256 === expected)
        return;
    throw new util_error/* UserError */.yo(`${withoutSecrets(url)} is not what it should be: its SHA-256 is ${sha256} instead of ${expected}`, {
        hint: 'It was not unpacked. If nix-version, nix-url or nix-sha256 is set, see that they belong together; else something on the way changes what is downloaded.',
    });
}
/** The hash that the server itself names is better than none: it shows a damaged file, but no forged one. */
async function publishedHash(release, options) {
    const url = new URL(release.url);
    url.pathname += '.sha256';
    const text = await downloadText(url.href, options).catch(error => {
        throw isMissing(error) ? noHash(release, error) : error;
    });
    const sha256 = /^\s*([0-9a-f]{64})\b/i.exec(text)?.[1]?.toLowerCase();
    if (sha256 === undefined)
        throw noHash(release, new Error('it is no SHA-256'));
    options.warning(`${withoutSecrets(release.url)} is verified only by what the same server says, since no other hash is known. To pin it: nix-sha256: ${sha256}`);
    return sha256;
}
function noHash({ url, custom }, cause) {
    const what = `No SHA-256 is known for ${withoutSecrets(url)}, and there is none beside it`;
    if (custom)
        return new util_error/* UserError */.yo(what, { hint: 'Set nix-sha256 to what the file must hash to.', cause });
    return new util_error/* UserError */.yo(`${what}: is there such a version?`, { hint: WHICH_VERSIONS, cause });
}
const WHICH_VERSIONS = 'See https://releases.nixos.org/?prefix=nix/ for the versions there are, and set nix-version (and nix-sha256, where it is given) to one.';
function explain(error, folder) {
    if (!isMissing(error))
        throw (0,writable/* notWritten */.x)('the release of Nix', folder, error);
    throw new util_error/* UserError */.yo(error.message, { hint: WHICH_VERSIONS, cause: error });
}
function isMissing(error) {
    return error instanceof Refused && error.status === 404;
}

;// CONCATENATED MODULE: ./lib/install/package.js





const NO_QUESTIONS = ['env', 'DEBIAN_FRONTEND=noninteractive'];
const QUICK = [
    '-q',
    '-o',
    'Acquire::Retries=1',
    '-o',
    'Acquire::http::Timeout=15',
    '-o',
    'DPkg::Lock::Timeout=60',
];
const FOR_APT = ['nix-bin', 'bash-static'];
/** The distributions that package Nix; the first whose program is there counts. */
const MANAGERS = [
    {
        program: 'apt-get',
        calls: [
            ['apt-get', ...QUICK, 'update'],
            [...NO_QUESTIONS, 'apt-get', ...QUICK, 'install', '-y', '--no-install-recommends', ...FOR_APT],
        ],
    },
    { program: 'dnf', calls: [['dnf', '-q', '-y', 'install', 'nix', 'nix-daemon']] },
    { program: 'apk', calls: [['apk', 'add', '--no-progress', 'nix']] },
    { program: 'pacman', calls: [['pacman', '-Sy', '--noconfirm', '--needed', 'nix']] },
    { program: 'zypper', calls: [['zypper', '--non-interactive', 'install', 'nix']] },
];
/**
 * Where a shell lies that needs no libraries, and so can be /bin/sh in the sandbox of a Nix that brings none, as in
 * Debian 12.
 */
function staticShell(root) {
    return (0,program/* programOnPath */.B)((0,external_node_path_.join)(root, 'usr/bin'), 'bash-static');
}
/**
 * Installs the distribution's own Nix and gives the folder of its programs. Throws a `UserError` where there is no such
 * package.
 */
async function installPackage({ env, rights, root, signal }) {
    const manager = await findManager(env.PATH ?? '');
    if (manager === undefined)
        throw new util_error/* UserError */.yo('no package manager is known here that has Nix');
    let said = '';
    for (const [program = '', ...args] of manager.calls) {
        const { code, stdout, stderr } = await (0,as_root/* asRoot */.t)(rights, program, args, { signal });
        // A list that cannot be brought up to date may be good enough still.
        said += code === 0 ? '' : `\n${(stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n')}`;
    }
    const bin = (0,external_node_path_.join)(root, 'usr/bin');
    if (await (0,util_file/* isExecutable */.TV)((0,external_node_path_.join)(bin, 'nix-daemon')))
        return bin;
    throw new util_error/* UserError */.yo(`${manager.program} did not install Nix:${said || ' nothing is in /usr/bin'}`);
}
async function findManager(path) {
    for (const manager of MANAGERS) {
        if ((await (0,program/* programOnPath */.B)(path, manager.program)) !== undefined)
            return manager;
    }
    return undefined;
}
const OLDEST = [2, 8];
/** Gives what a Nix says of its version, `2.34.8`. Throws a `UserError` when it is too old to be of use. */
async function versionOf(bin, rights) {
    const { stdout, stderr } = await rights.exec((0,external_node_path_.join)(bin, 'nix'), ['--version'], { clean: true });
    const [, text, major, minor] = /\) ((\d+)\.(\d+)\S*)/.exec(stdout) ?? [];
    if (text === undefined)
        throw new util_error/* UserError */.yo(`${(0,external_node_path_.join)(bin, 'nix')} gave no version: ${(stdout + stderr).trim()}`);
    const order = Number(major) - OLDEST[0] || Number(minor) - OLDEST[1];
    if (order >= 0)
        return text;
    throw new util_error/* UserError */.yo(`The Nix that this system packages is too old: ${text}, and 2.8 is needed`);
}

;// CONCATENATED MODULE: ./lib/install/place-script.js
/**
 * A shell script that puts a release's tarball into the store, whole or not at all: what it began is taken back when it
 * fails or is told to end. Its arguments are Nix's folder and the tarball. On standard output it names what came:
 * `nix PATH`, `cacert PATH`.
 *
 * One script, and not one call for each step, since a call through sudo takes longer than most of the steps.
 */
const PLACE_SCRIPT = String.raw `
set -eu
umask 022
nix=$1 tarball=$2
temp=$nix/.nix-multiarch-$$
made_nix= made= moved= unpacking=

undo() {
  code=$?
  trap - EXIT
  trap '' HUP INT TERM
  [ -z "$unpacking" ] || { kill "$unpacking" "$decompressing"; wait; } 2>/dev/null || :
  remove "$temp"
  [ "$code" = 0 ] || take_back 2>/dev/null || :
  exit "$code"
}
remove() {
  [ ! -e "$1" ] || { chmod -R u+w "$1" && rm -rf "$1"; } || :
}
# What others have put into folders of ours stays, and so do the folders.
take_back() {
  for name in $moved; do remove "$nix/store/$name"; done
  for folder in $made; do
    case $folder in
      store) rmdir "$nix/store/.links" ;;
      # Nix's notes on a store that is gone.
      var/nix) [ -e "$nix/store" ] || remove "$nix/var/nix" ;;
    esac
    rmdir "$nix/$folder"
  done
  [ -z "$made_nix" ] || rmdir "$nix"
}
make() {
  [ -d "$nix/$1" ] || { made="$1 $made" && mkdir -p "$nix/$1"; }
}

# The tarball was verified as a whole, so its own checksums need not be.
decompress() {
  exec <"$tarball"
  case $tarball in
    *.tar) exec cat ;;
    *.gz | *.tgz) exec gzip -dc ;;
    *.zst) exec zstd -dc ;;
  esac
  if xz --ignore-check --version >/dev/null 2>&1; then exec xz -dcT0 --ignore-check; else exec xz -dc; fi
}

trap undo EXIT
trap 'exit 143' HUP INT TERM
[ -d "$nix" ] || { mkdir -p "$nix" && made_nix=yes; }
# One at a time, also where the process that began another has ended and left it behind.
if command -v flock >/dev/null; then exec 9<"$nix" && flock 9; fi
for folder in var var/nix var/nix/profiles var/nix/gcroots store; do make "$folder"; done
mkdir -p "$temp"
mkfifo "$temp/.pipe"
# In the background, so that a signal is heard meanwhile.
decompress >"$temp/.pipe" &
decompressing=$!
tar -xof - -C "$temp" <"$temp/.pipe" &
unpacking=$!
wait "$decompressing"
wait "$unpacking"
unpacking=

set -- "$temp"/*/.reginfo
[ -e "$1" ] || { echo "no release of Nix: there is no .reginfo in it" >&2; exit 1; }
release=$(dirname "$1")
found= certificates= plain=
cd "$release/store"
for name in *; do
  [ ! -e "$name/etc/ssl/certs/ca-bundle.crt" ] || certificates=$name
  case $name in
    *-nix-[0-9]*) [ ! -x "$name/bin/nix-store" ] || found=$name ;;
  esac
  [ -e "$nix/store/$name" ] || [ -L "$nix/store/$name" ] || {
    moved="$moved $name"
    [ -L "$name" ] || plain="$plain $name"
  }
done
[ -n "$found" ] || { echo "no release of Nix: there is no nix-store in it" >&2; exit 1; }
# Only root may move a folder that is not writable; in the store nothing is.
[ -z "$plain" ] || chmod u+w $plain
[ -z "$moved" ] || mv $moved "$nix/store/"
cd "$nix/store"
[ -z "$plain" ] || chmod -R a-w $plain

# What is registered stays: a signal that comes now is too late.
trap : HUP INT TERM
env -i HOME="$temp" NIX_CONF_DIR="$temp" NIX_USER_CONF_FILES= "$nix/store/$found/bin/nix-store" --load-db \
  --option fsync-metadata false --option build-users-group '' <"$release/.reginfo"
moved=
if [ ! -e "$nix/var/nix/profiles/default" ]; then
  ln -sfn "$nix/store/$found" "$nix/var/nix/profiles/default-1-link"
  ln -sfn default-1-link "$nix/var/nix/profiles/default"
fi
ln -sfn "$nix/store/$found" "$nix/var/nix/gcroots/nix-multiarch"
[ -z "$certificates" ] || ln -sfn "$nix/store/$certificates" "$nix/var/nix/gcroots/nix-multiarch-cacert"
echo "nix $nix/store/$found"
[ -z "$certificates" ] || echo "cacert $nix/store/$certificates"
`;

;// CONCATENATED MODULE: ./lib/install/place.js






/**
 * Unpacks a verified tarball into Nix's folder and registers what is in it. When that fails, or is aborted, nothing of it
 * stays behind. Throws a `UserError` that says what was in the way.
 */
async function place(tarball, folder, rights, signal) {
    const result = await (0,as_root/* asRoot */.t)(rights, 'sh', ['-c', PLACE_SCRIPT, 'place', folder, tarball], { signal });
    const named = (what) => new RegExp(`^${what} (.+)$`, 'm').exec(result.stdout)?.[1];
    const nix = named('nix');
    if (result.code !== 0 || nix === undefined)
        throw explained(tarball, folder, result);
    return { nix, cacert: named('cacert') };
}
/** What an earlier run put there; `undefined` where there was none, or it is no longer whole. */
async function placedBefore(folder) {
    const root = (name) => (0,promises_.readlink)((0,external_node_path_.join)(folder, 'var/nix/gcroots', name)).catch(() => undefined);
    const [nix, cacert] = await Promise.all([root('nix-multiarch'), root('nix-multiarch-cacert')]);
    return nix !== undefined && (await (0,util_file/* isExecutable */.TV)((0,external_node_path_.join)(nix, 'bin/nix-store'))) ? { nix, cacert } : undefined;
}
/** What the programs say, what that means, and what to do then. */
const TROUBLES = [
    {
        matches: /no space left|disk quota exceeded/i,
        means: (folder) => `there is no room for Nix in ${folder}`,
        hint: 'Free some space on that disk: Nix itself takes about 300 MB, and what it builds comes on top.',
    },
    {
        matches: /read-only file system/i,
        means: (folder) => `${folder} is on a disk that is read-only`,
        hint: 'Mount a disk there that can be written.',
    },
    {
        matches: /permission denied|operation not permitted/i,
        means: (folder) => `${folder} cannot be written by this user`,
        hint: 'Run this as root or as a user with passwordless sudo, or make /nix belong to this user.',
    },
    {
        matches: /\b(tar|xz|zstd|gzip|sh|mkfifo): (command )?not found|\bsh was not found/i,
        means: () => 'a program that unpacks it is missing',
        hint: 'Install tar and xz (the packages tar and xz-utils, or xz).',
    },
    {
        matches: /no release of Nix|not a tar archive|not in (xz|gzip) format|file format not recognized/i,
        means: () => 'it is no release tarball of Nix',
        hint: 'nix-url must be a mirror of https://releases.nixos.org/nix, or a tarball as it lies there.',
    },
];
function explained(tarball, folder, { code, stderr }) {
    const trouble = TROUBLES.find(({ matches }) => matches.test(stderr));
    const said = stderr.trim().split('\n').slice(-5).join('\n') || `exit code ${code}`;
    const why = trouble === undefined ? said : `${trouble.means(folder)}\n${said}`;
    return new util_error/* UserError */.yo(`Nix could not be unpacked from ${tarball}: ${why}`, { hint: trouble?.hint });
}

// EXTERNAL MODULE: ./lib/install/releases.js
var releases = __webpack_require__(1065);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
;// CONCATENATED MODULE: ./lib/install/without-xz.js





/** Writes the tar inside an `.xz` file to another path, for machines without the program xz; a fourth as fast. */
async function decompressXz(file, path) {
    const { default: xz } = await __webpack_require__.e(/* import() */ 642).then(__webpack_require__.t.bind(__webpack_require__, 6642, 19));
    const part = await part_file/* PartFile */.Y.create((0,external_node_path_.dirname)(path));
    try {
        const compressed = external_node_stream_.Readable.toWeb((0,external_node_fs_.createReadStream)(file));
        for await (const chunk of external_node_stream_.Readable.fromWeb(new xz.XzReadableStream(compressed)))
            await part.write(chunk);
        await part.close();
        await part.rename(path);
    }
    catch (error) {
        throw (0,writable/* notWritten */.x)('the unpacked release of Nix', (0,external_node_path_.dirname)(path), error);
    }
    finally {
        await part.discard();
    }
}

;// CONCATENATED MODULE: ./lib/install/provide.js













/** Gets Nix's programs onto this machine: those of an earlier run, a release, or where that is out of reach a package. */
async function provide(options, folder, access) {
    const release = (0,releases/* releaseFor */.L)(options);
    const before = await providedBefore(release, folder, options);
    if (before !== undefined)
        return before;
    try {
        const tarball = await fetched(release, options);
        return released(await unpacked(tarball, folder, access, options));
    }
    catch (error) {
        if (!(error instanceof OutOfReach))
            throw error;
        if (access.mode === 'single-user')
            throw new util_error/* UserError */.yo(error.message, { hint: OTHER_WAYS, cause: error });
        return packaged(error, options, access);
    }
}
async function providedBefore({ custom }, folder, { version, exec, uid, root = '/' }) {
    const before = await placedBefore(folder);
    if (before !== undefined)
        return !custom && versionIn(before) === version ? released(before) : undefined;
    const bin = (0,external_node_path_.join)(root, 'usr/bin');
    if (!(await isSetUp(root)) || !(await (0,util_file/* isExecutable */.TV)((0,external_node_path_.join)(bin, 'nix-daemon'))))
        return undefined;
    return { bin, version: await versionOf(bin, { exec, uid }), how: 'package', shell: await staticShell(root) };
}
function released(placed) {
    return {
        bin: (0,external_node_path_.join)(placed.nix, 'bin'),
        version: versionIn(placed),
        how: 'release',
        cacert: placed.cacert,
    };
}
function versionIn({ nix }) {
    return nix.replace(/^.*-nix-/, '');
}
function fetched(release, options) {
    const { tools, temp = tools, version, env, log, signal, retry = RETRY } = options;
    const folders = [tools, temp].map(folder => (0,external_node_path_.join)(folder, 'nix', version));
    return fetchRelease(release, folders, { retry, signal, env, debug: log.debug, warning: log.warning });
}
const RETRY = { attempts: 4, firstWaitMs: 1000 };
async function unpacked(tarball, folder, { rights }, { env, signal, temp }) {
    const hasXz = !tarball.endsWith('.xz') || (await (0,program/* programOnPath */.B)(env.PATH ?? '', 'xz')) !== undefined;
    if (hasXz)
        return place(tarball, folder, rights, signal);
    const own = await (0,writable/* firstWritable */.n)((0,external_node_path_.dirname)(tarball), ...(temp === undefined ? [] : [temp]));
    const tar = (0,external_node_path_.join)(own, (0,external_node_path_.basename)(tarball, '.xz'));
    await decompressXz(tarball, tar);
    return place(tar, folder, rights, signal).finally(() => (0,promises_.rm)(tar, { force: true }));
}
async function packaged(why, options, { rights }) {
    const { env, root = '/', signal, log } = options;
    try {
        const bin = await installPackage({ env, rights, root, signal });
        const version = await versionOf(bin, rights);
        log.warning(`${why.message}. This system's own package of Nix, ${version}, was installed instead`);
        return { bin, version, how: 'package', shell: await staticShell(root) };
    }
    catch (error) {
        if (!(error instanceof util_error/* UserError */.yo))
            throw error;
        const message = `${why.message}; nor could a package of Nix be installed instead: ${(0,util_error/* messageOf */.bD)(error)}`;
        throw new util_error/* UserError */.yo(message, { hint: OTHER_WAYS, cause: why });
    }
}
const OTHER_WAYS = 'This machine must reach releases.nixos.org, or a mirror of it that nix-url names; or install Nix before: it is then used as it is.';

;// CONCATENATED MODULE: ./lib/install/sandbox.js





/** The namespaces that Nix's sandbox is made of, and a fresh /proc in them. */
const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--net', '--fork', '--mount-proc'];
/** Those who are not root need one more, in which they are. */
const OWN_USERS = ['--user', '--map-root-user'];
/** Whether the one who builds here may make what Nix's sandbox is made of. Tried by making it, for nothing else tells. */
async function canSandbox(rights) {
    const users = rights.own && rights.uid !== 0 ? OWN_USERS : [];
    return (await (0,as_root/* asRoot */.t)(rights, 'unshare', [...users, ...NAMESPACES, 'true'])).code === 0;
}
const MARKS = ['.dockerenv', 'run/.containerenv'];
/**
 * Whether this may be a container, where the kernel refuses things that it knows. Not each leaves a mark (BuildKit's and
 * Kubernetes' do not), but they filter system calls; so do some services that are none, which costs them a small build.
 */
async function isContainer(root, env) {
    if (env.container || env.KUBERNETES_SERVICE_HOST)
        return true;
    const marks = await Promise.all(MARKS.map(mark => (0,util_file/* exists */.t2)((0,external_node_path_.join)(root, mark))));
    return marks.includes(true) || isFiltered(root);
}
async function isFiltered(root) {
    const status = await (0,promises_.readFile)((0,external_node_path_.join)(root, 'proc/self/status'), 'utf8').catch(() => '');
    return /^Seccomp:\s*[12]$/m.test(status);
}
/**
 * Finds by real builds what has to be left out so that anything builds at all: the filter of system calls, which QEMU
 * and some containers do not know, or the sandbox. What was left out is told with Nix's reason.
 */
async function tryBuilding(bin, first, rights, warning) {
    const said = await buildError(bin, first, rights);
    if (said === undefined)
        return first;
    const next = without(first, said);
    if (next === undefined) {
        warning(`Nix does not build here: ${cause(said)}`);
        return first;
    }
    const lacking = next.filter === first.filter ? 'sandbox' : 'filter of system calls (filter-syscalls = false)';
    warning(`Nix builds without its ${lacking} here: ${cause(said)}`);
    return tryBuilding(bin, next, rights, warning);
}
/** What Nix does to make a sandbox, in its words for what went wrong. */
const SANDBOX = /error:.*(namespace|sandbox|\bmount|\bclon(e|ing)\b|unshar|pivot|root (directory|filesystem)|['’] (private|shared)|(host|domain) ?name|loopback|IP socket|[ug]id_map|setgroups)/i;
function without({ sandbox, filter }, said) {
    if (filter && /seccomp/i.test(said))
        return { sandbox, filter: false };
    return sandbox && SANDBOX.test(said) ? { sandbox: false, filter } : undefined;
}
/** What Nix says when a build fails; `undefined` when it works. */
async function buildError(bin, how, rights) {
    const settings = { sandbox: how.sandbox, 'filter-syscalls': how.filter, substitute: false };
    const options = Object.entries(settings).flatMap(([name, value]) => ['--option', name, String(value)]);
    const args = ['--no-out-link', ...options, '--expr', newDerivation()];
    const { code, stderr } = await (0,as_root/* asRoot */.t)(rights, (0,external_node_path_.join)(bin, 'nix-build'), args);
    return code === 0 ? undefined : stderr;
}
/** It needs nothing but a shell, and nobody has built it before. */
function newDerivation() {
    const attributes = [
        'name = "probe"',
        'system = builtins.currentSystem',
        'builder = "/bin/sh"',
        // Or a program that looks for other machines would be started first.
        'preferLocalBuild = true',
        `args = [ "-c" "echo ${(0,external_node_crypto_.randomUUID)()} > $out" ]`,
    ];
    return `derivation { ${attributes.join('; ')}; }`;
}
/** The line that tells most. */
function cause(said) {
    const lines = said.trim().split('\n');
    const line = lines.find(text => /seccomp/i.test(text)) ?? lines.findLast(text => /error:/.test(text));
    return (line ?? lines.at(-1) ?? '').replace(/^.*error:\s*/, '').trim();
}

;// CONCATENATED MODULE: ./lib/install/install.js













/** Another installation may have to download on a slow line. */
const TURN_MS = 15 * 60_000;
/**
 * Puts Nix on a machine that has none and makes it ready to build: with a daemon of root's where we may be root, else for this
 * user alone. One at a time on a machine: who comes later finds what the first one has made. Throws a `UserError` when that
 * cannot be done; then nothing half-unpacked stays behind.
 */
function installNix(options) {
    const { root = '/', env, signal, log } = options;
    const onWait = () => log.info('Another process is installing Nix on this machine: waiting for it');
    return withMachineLock(root, { env, signal, onWait, patience: TURN_MS }, () => install(options));
}
async function install(options) {
    const { exec, uid, platform, user, root = '/' } = options;
    const folder = (0,external_node_path_.join)(root, 'nix');
    if (platform === 'darwin')
        await makeNixVolume(user, { exec, uid }, folder);
    const access = await accessTo(folder, { exec, uid }, platform);
    const [program, sandbox] = await Promise.all([
        provide(options, folder, access),
        platform === 'linux' && canSandbox(access.rights),
        options.openKvm && openKvm(root, { exec, uid }),
    ]);
    const machine = { mode: access.mode, user, sandbox, filter: true, shell: program.shell };
    return access.mode === 'daemon'
        ? withDaemon(program, machine, folder, access, options)
        : forOneUser(program, machine, access, options);
}
async function withDaemon(program, machine, folder, { rights }, options) {
    const { env, root = '/', signal } = options;
    const write = (settings) => configure((0,external_node_path_.join)(root, 'etc'), settings, (0,external_node_os_.availableParallelism)(), rights);
    await write(machine);
    const tried = await triedOut(program, machine, rights, options);
    if (tried !== machine)
        await write(tried);
    const variables = await certificateVariable(root, env, program.cacert);
    const daemon = await startDaemon({
        bin: program.bin,
        folder,
        rights,
        signal,
        variables: { ...(0,network_variables/* networkVariables */.I)(env), ...variables },
    });
    return { ...told(program, tried, options), daemon, conf: [], variables };
}
async function forOneUser(program, machine, { rights }, options) {
    const { env, root = '/' } = options;
    const tried = await triedOut(program, machine, rights, options);
    const variables = await certificateVariable(root, env, program.cacert);
    const { defaults, needed } = settingsFor(tried);
    return { ...told(program, tried, options), daemon: undefined, conf: [...defaults, ...needed], variables };
}
/** A machine that is no container is as its probes say, and need not wait for a build. */
async function triedOut({ bin }, machine, rights, { env, root = '/', platform, log }) {
    if (platform !== 'linux' || !(await isContainer(root, env)))
        return machine;
    const found = await tryBuilding(bin, machine, rights, log.warning);
    return found.sandbox === machine.sandbox && found.filter === machine.filter
        ? machine
        : { ...machine, ...found };
}
function told(program, { mode, sandbox }, { platform, log }) {
    if (!sandbox && platform === 'linux')
        log.warning('Builds have no sandbox here: the namespaces that one is made of are not allowed');
    return { bin: program.bin, version: program.version, how: program.how, mode, sandbox };
}

;// CONCATENATED MODULE: ./lib/install/left-over.js



/** Whether an earlier run has set Nix up on this machine, and its daemon is gone: stopped, or the machine was. */
async function waitsForDaemon(root = '/') {
    return (await isSetUp(root)) && !(await answers(socketIn((0,external_node_path_.join)(root, 'nix')), PATIENCE_MS));
}

// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/command/unfinished.js
var unfinished = __webpack_require__(6820);
;// CONCATENATED MODULE: ./lib/command/provide-nix.js











const NIX = '/nix';
/** Finds Nix, or installs it where that is allowed, and makes it known to this process and to later steps. */
async function provideNix(wanted, install, host, signal) {
    const found = await (0,nix/* findNix */.r)(host.env);
    if (!install || (found !== undefined && !(await isUnready(found, host))))
        return known(found, host);
    const { bin, variables, conf, daemon, version } = await installed(wanted, host, signal);
    host.addPath(bin);
    for (const [name, value] of Object.entries(variables))
        host.exportVariable(name, value);
    return { paths: [bin], variables, conf, running: daemon && version };
}
/** What we installed may wait for its daemon, or be new to this job, which then lacks its settings. */
async function isUnready(found, { env }) {
    if (await waitsForDaemon())
        return true;
    return !isOnPath(found, env) && !(await isSetUp()) && (await placedBefore(NIX)) !== undefined;
}
/** It may have been found where a shell does not look. */
function known(found, host) {
    const hidden = found === undefined || isOnPath(found, host.env) ? [] : [(0,external_node_path_.dirname)(found)];
    for (const folder of hidden)
        host.addPath(folder);
    return { paths: hidden, variables: {}, conf: [] };
}
function isOnPath(program, { PATH = '' }) {
    return PATH.split(external_node_path_.delimiter).includes((0,external_node_path_.dirname)(program));
}
async function installed(wanted, host, signal) {
    const began = Date.now();
    const { env, log, tools, kind } = host;
    const { platform, arch } = process;
    const nix = await installNix({
        version: wanted.nixVersion ?? releases/* DEFAULT_NIX_VERSION */.j,
        url: wanted.nixUrl,
        sha256: wanted.nixSha256,
        tools,
        temp: host.temp,
        exec: exec/* exec */.m0,
        env,
        platform,
        arch,
        uid: process.getuid?.(),
        user: userName(env),
        log,
        signal,
        // A machine that is thrown away may be open; a person's is theirs to open.
        openKvm: kind === 'github',
    });
    if (nix.daemon)
        await (0,unfinished/* leaveUnfinished */.$)(host.kept, { daemon: nix.daemon });
    log.info(`${describe(nix)}, in ${(0,format/* formatSeconds */.Xo)(Date.now() - began)}`);
    return nix;
}
function describe({ version, how, mode, sandbox }) {
    const from = how === 'package' ? ' from the package of this system' : '';
    const who = mode === 'daemon' ? 'with a daemon' : 'for this user alone';
    return `Nix ${version} is installed${from}: ${who}, with${sandbox ? '' : 'out'} a sandbox`;
}
/** Some containers run under a number that has no name. */
function userName(env) {
    try {
        return (0,external_node_os_.userInfo)().username;
    }
    catch {
        return env.USER ?? String(process.getuid?.());
    }
}

;// CONCATENATED MODULE: ./lib/command/ready-nix.js




/** On GitHub all is for the rest of the job, else for this command alone; a person's machine gets no Nix unasked. */
async function readyForBuild(inputs, host, signal) {
    const install = host.kind === 'github';
    const folder = install ? host.kept.path : host.temp;
    const setUp = await setUpNix(inputs, host, signal, { install, folder });
    return { ...setUp, nix: await (0,nix/* openNix */.M)(around(host)) };
}
/** Finds Nix or installs it, and sets it up with the caches that the inputs name. */
async function setUpNix(inputs, host, signal, { install, folder }) {
    const provided = await provideNix(inputs, install, host, signal);
    const offered = await offeredCaches(inputs, host, signal, await netrcFileOf(inputs, host));
    const files = await writeUserConf(folder, offered, inputs, host, provided.conf);
    host.exportVariable('NIX_USER_CONF_FILES', files);
    return {
        running: provided.running,
        offered,
        paths: provided.paths,
        variables: { ...provided.variables, NIX_USER_CONF_FILES: files },
    };
}
/** Asked for only where it matters, since it takes a call of Nix. */
async function netrcFileOf({ cachix, extraSubstituters, netrc }, host) {
    const matters = cachix.length + extraSubstituters.length > 0 || netrc !== undefined;
    return matters ? (await (0,nix/* openNix */.M)(around(host))).settings.netrcFile : '';
}
/** What stands around the Nix of a host. */
function around({ env }) {
    return { exec: exec/* exec */.m0, env, uid: process.getuid?.() };
}


/***/ }),

/***/ 6820:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ leaveUnfinished),
/* harmony export */   M: () => (/* binding */ readUnfinished)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);


const FILE = 'unfinished.json';
async function readUnfinished(kept) {
    if (kept.existing === undefined)
        return { saves: [] };
    const text = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(kept.existing, FILE), 'utf8').catch(() => '{}');
    return { saves: [], ...JSON.parse(text) };
}
/** Adds to what is to be done. Calls must not overlap. */
async function leaveUnfinished(kept, more) {
    const before = await readUnfinished(kept);
    const all = { ...before, ...more, saves: [...before.saves, ...(more.saves ?? [])] };
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(kept.path, FILE), JSON.stringify(all), { mode: 0o600 });
}


/***/ }),

/***/ 1895:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ap: () => (/* binding */ familyOf),
/* harmony export */   W_: () => (/* binding */ isRunning),
/* harmony export */   hh: () => (/* binding */ processOf)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);


/** `undefined` where there is no such process, or it has ended and only waits to be looked after. */
async function processOf(pid, procfs = '/proc') {
    return running(pid, procfs);
}
/** Whether that very process still runs. */
async function isRunning({ pid, startTime }, procfs = '/proc') {
    return (await running(pid, procfs))?.startTime === startTime;
}
/** A process with its children and theirs; nothing where it has ended. */
async function familyOf(head, procfs = '/proc') {
    if (!(await isRunning(head, procfs)))
        return [];
    const names = (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(procfs)).filter(name => /^\d+$/.test(name));
    const all = (await Promise.all(names.map(name => running(Number(name), procfs)))).filter(Boolean);
    const childrenOf = (pid) => all.flatMap(process => (process?.parent === pid ? [process, ...childrenOf(process.pid)] : []));
    return [head, ...childrenOf(head.pid)];
}
/** The name, in brackets, may hold anything, so fields count from its end (proc_pid_stat(5)). */
async function running(pid, procfs) {
    const stat = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(procfs, String(pid), 'stat'), 'latin1').catch(() => '');
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = rest[17];
    if (startTime === undefined || state === 'Z' || state === 'X')
        return undefined;
    return { pid, startTime, parent: Number(parent) };
}


/***/ }),

/***/ 6344:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ stopDaemon),
/* harmony export */   l: () => (/* binding */ isInUse)
/* harmony export */ });
/* harmony import */ var _util_as_root_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2563);
/* harmony import */ var _util_clock_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8394);
/* harmony import */ var _process_table_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1895);



const POLL_MS = 10;
/** Clients of ours that have just ended may take so long to be noticed. */
const NOTICE_MS = 1500;
/** Whether others have work for a daemon: it has a process for each who is connected. */
async function isInUse(daemon, patience = NOTICE_MS) {
    const deadline = Date.now() + patience;
    while ((await (0,_process_table_js__WEBPACK_IMPORTED_MODULE_2__/* .familyOf */ .Ap)(daemon)).length > 1) {
        if (Date.now() > deadline)
            return true;
        await _util_clock_js__WEBPACK_IMPORTED_MODULE_1__/* .systemClock */ .m.sleep(POLL_MS * 5);
    }
    return false;
}
/** How long it may take to leave in order, and then to be gone when it is made to. */
const LEAVE_MS = 3000;
const GONE_MS = 1000;
/**
 * Stops a daemon of ours with all that it has started, which is in sessions of its own. One that has gone, or whose number
 * has been given to another process, is no failure. Takes four seconds at most; tells whether all are gone.
 */
async function stopDaemon(daemon, rights) {
    const family = await (0,_process_table_js__WEBPACK_IMPORTED_MODULE_2__/* .familyOf */ .Ap)(daemon);
    for (const [signal, patience] of [
        ['TERM', LEAVE_MS],
        ['KILL', GONE_MS],
    ]) {
        const left = await stillRunning(family);
        if (left.length === 0)
            return true;
        await (0,_util_as_root_js__WEBPACK_IMPORTED_MODULE_0__/* .asRoot */ .t)(rights, 'sh', ['-c', `kill -${signal} ${left.map(({ pid }) => pid).join(' ')}`]);
        if (await allEnd(left, patience))
            return true;
    }
    return false;
}
async function allEnd(family, patience) {
    const deadline = Date.now() + patience;
    while ((await stillRunning(family)).length > 0) {
        if (Date.now() > deadline)
            return false;
        await _util_clock_js__WEBPACK_IMPORTED_MODULE_1__/* .systemClock */ .m.sleep(POLL_MS);
    }
    return true;
}
async function stillRunning(family) {
    const run = await Promise.all(family.map(member => (0,_process_table_js__WEBPACK_IMPORTED_MODULE_2__/* .isRunning */ .W_)(member)));
    return family.filter((_, n) => run[n]);
}


/***/ }),

/***/ 9217:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ CACHIX),
/* harmony export */   O: () => (/* binding */ askCachix)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(8884);
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8631);
/* harmony import */ var _util_url_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7237);
/* harmony import */ var _public_key_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5948);
/* harmony import */ var _web_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6133);






const CACHIX = 'https://cachix.org';
/**
 * Asks Cachix for the addresses and keys of caches. One that cannot be used is left out with a warning; a name that can be
 * no cache's, or a server that can be none, is a `UserError`.
 */
async function askCachix(names, options) {
    if (names.length === 0)
        return { caches: [], warnings: [] };
    checkHost(options);
    for (const name of names)
        checkName(name);
    const answers = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_3__/* .mapLimit */ .sf)([...new Set(names)], 8, name => askOne(name, options));
    return {
        caches: answers.flatMap(answer => ('cache' in answer ? [answer.cache] : [])),
        warnings: answers.flatMap(answer => ('warning' in answer ? [answer.warning] : [])),
    };
}
/** A token does not cross a network in the clear. */
function checkHost({ host = CACHIX, token }) {
    const url = (0,_util_url_js__WEBPACK_IMPORTED_MODULE_4__/* .urlFrom */ .s)(host);
    if (url?.password)
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`The address of the Cachix server ${url.host} holds a password`);
    const isNear = url?.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
    if (url?.protocol === 'https:' || isNear || (url?.protocol === 'http:' && !token))
        return;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${JSON.stringify(host)} is no address of a Cachix server`, {
        hint: `It looks like ${CACHIX}; a token goes over https alone.`,
    });
}
function checkName(name) {
    if (/^[a-z0-9][a-z0-9-]{0,62}$/i.test(name))
        return;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${JSON.stringify(name)} is no name of a Cachix cache`, {
        hint: 'A name has letters, digits and -; it is the first part of the address: my-cache of my-cache.cachix.org.',
    });
}
async function askOne(name, options) {
    const { host = CACHIX, token } = options;
    const headers = { accept: 'application/json' };
    if (token)
        headers.authorization = `Bearer ${token}`;
    const url = `${host.replace(/\/*$/, '')}/api/v1/cache/${name}`;
    const answer = await (0,_web_js__WEBPACK_IMPORTED_MODULE_2__/* .ask */ .k)(url, { headers, redirect: 'manual' }, options);
    const where = new URL(host).host;
    const problem = problemOf(answer, token !== undefined);
    if (problem !== undefined)
        return leftOut(name, where, problem);
    const cache = readCache(name, answer.status === undefined ? '' : answer.text, host);
    if (typeof cache === 'string')
        return leftOut(name, where, cache);
    if (cache.isPublic || token)
        return { cache };
    return leftOut(name, where, 'it is private, and there is no cachix-auth-token');
}
function leftOut(name, where, problem) {
    return { warning: `The Cachix cache ${name} is not used: ${problem} (asked ${where})` };
}
const CHECK_NAME = 'check the name, and give cachix-auth-token if it is private';
function problemOf(answer, hasToken) {
    if (answer.status === undefined)
        return `Cachix cannot be reached, ${answer.reason}`;
    switch (answer.status) {
        case 200:
            return undefined;
        case 404:
            return `there is no such cache; ${CHECK_NAME}`;
        case 401:
        case 403:
            return hasToken
                ? 'cachix-auth-token may not read it; check the token'
                : `it is not open to all; ${CHECK_NAME}`;
        default:
            return `Cachix answered with status ${answer.status}; try again later`;
    }
}
/** The cache, or what is wrong with the answer. */
function readCache(name, text, host) {
    try {
        const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_5__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_5__/* .parseJson */ .qF)(text, 'the answer'), 'the answer');
        const keys = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_5__/* .asArray */ ._j)(it.publicSigningKeys, 'publicSigningKeys').map(key => (0,_util_json_js__WEBPACK_IMPORTED_MODULE_5__/* .asString */ .oJ)(key, 'a key'));
        if (keys.length === 0)
            return 'it has no public key, so nothing of it can be trusted';
        if (!keys.every(_public_key_js__WEBPACK_IMPORTED_MODULE_1__/* .isPublicKey */ .N))
            return 'one of its public keys is malformed';
        const uri = safeUri((0,_util_json_js__WEBPACK_IMPORTED_MODULE_5__/* .asString */ .oJ)(it.uri, 'uri'), host);
        if (uri === undefined)
            return 'its address is none that can be trusted';
        return { name, uri, publicSigningKeys: keys, isPublic: it.isPublic !== false };
    }
    catch {
        return 'Cachix gave an answer of another kind; try again later';
    }
}
/** Never less private than the way on which the address came. */
function safeUri(uri, host) {
    const url = (0,_util_url_js__WEBPACK_IMPORTED_MODULE_4__/* .urlFrom */ .s)(uri);
    if (url === undefined || /[\s#"\\]/.test(uri))
        return undefined;
    const { protocol, username, password } = url;
    const isPrivate = protocol === 'https:' || (protocol === 'http:' && host.startsWith('http:'));
    return isPrivate && username === '' && password === '' ? uri : undefined;
}


/***/ }),

/***/ 3816:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Mf: () => (/* binding */ lacksSystem),
/* harmony export */   fM: () => (/* binding */ isFetchFailure),
/* harmony export */   pg: () => (/* binding */ explanationOf),
/* harmony export */   uD: () => (/* binding */ failedByItself),
/* harmony export */   uJ: () => (/* binding */ OTHER_WAYS)
/* harmony export */ });
/** The ways to build for a system that this machine is not of. */
const OTHER_WAYS = 'use a runner of that system (on GitHub, runs-on: ubuntu-24.04-arm for aarch64-linux), ' +
    'or a remote builder in the setting builders, ' +
    'or QEMU: install qemu-user-static (Debian and Ubuntu) and leave emulation on';
const MISMATCH = /a '[^']*' with features \{[^}]*\} is required to build|Required system: '/;
/** Whether Nix failed because it cannot build for a system at all. */
function lacksSystem(words) {
    return MISMATCH.test(words);
}
/** Whether a build ran and failed by itself, so that it would fail again. */
function failedByItself(words) {
    return /\bbuilder (for '[^']*' )?failed\b|hash mismatch in fixed-output/.test(words);
}
const NOT_TRUSTED = 'The Nix daemon takes the setting extra-platforms from trusted users only. Add yourself to trusted-users in ' +
    '/etc/nix/nix.conf, or set extra-platforms there, and restart the daemon.';
/** What we can add to Nix's own words about a failure; the first that fits is given. */
const EXPLANATIONS = [
    { said: /ignoring the client-specified setting 'extra-platforms'/, hint: NOT_TRUSTED },
    { said: MISMATCH, hint: `Nix cannot build for that system here: ${OTHER_WAYS}.` },
    { said: /Exec format error/, hint: `This machine cannot run programs of that system: ${OTHER_WAYS}.` },
    {
        said: /cannot perform a sandboxed build/,
        hint: 'This environment, a container perhaps, allows no sandbox. Put `sandbox = false` into the configuration of Nix, ' +
            'or run the container with more rights.',
    },
    {
        said: /No space left on device/,
        hint: 'Free some space for the Nix store, or give it a larger disk.',
    },
];
/** How Nix, old and new, tells that it could not get a flake or one of its inputs. */
const FETCHING = [
    /while fetching the input '/,
    /unable to download '/,
    /cannot find flake '/,
    /program 'git' failed/,
    /input '.*' is unsupported/,
    /flake\.nix' does not exist/,
    /does not contain a '\/?flake\.nix'/,
    // Evaluation reads from the store alone.
    /getting status of '(?!\/nix\/store\/)/,
    /getting status of '.*\/flake\.nix'/,
];
const EVALUATING = /… while (evaluating|calling) /;
/** Whether a flake was not fetched, and so not evaluated either. */
function isFetchFailure(words) {
    return FETCHING.some(said => said.test(words)) && !EVALUATING.test(words);
}
/**
 * What to do about a failure, from what Nix said and the options that it was given; `undefined` where its words stand for
 * themselves.
 */
function explanationOf(words, options = []) {
    // Not every version says that it ignored the setting.
    if (options.includes('extra-platforms') && MISMATCH.test(words))
        return NOT_TRUSTED;
    return EXPLANATIONS.find(({ said }) => said.test(words))?.hint;
}


/***/ }),

/***/ 8969:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  r: () => (/* binding */ findNix),
  M: () => (/* binding */ openNix)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/util/program.js
var program = __webpack_require__(2332);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
;// CONCATENATED MODULE: ./lib/nix/settings.js

/** Reads the output of `nix config show --json`. A setting that this Nix does not have takes its usual value. */
function parseSettings(json) {
    const all = (0,util_json/* asObject */.eB)((0,util_json/* parseJson */.qF)(json, "Nix's settings"), "Nix's settings");
    return {
        system: settings_text(settingOf(all, 'system')),
        extraPlatforms: words(settingOf(all, 'extra-platforms')),
        builders: settings_text(settingOf(all, 'builders')),
        sandbox: ![false, 'false'].includes(settingOf(all, 'sandbox')),
        sandboxPaths: sandboxPaths(settingOf(all, 'sandbox-paths')),
        buildUsersGroup: settings_text(settingOf(all, 'build-users-group')),
        store: settings_text(settingOf(all, 'store')) || 'auto',
        substituters: words(settingOf(all, 'substituters')),
        netrcFile: settings_text(settingOf(all, 'netrc-file')),
    };
}
function settingOf(all, name) {
    const setting = all[name];
    return setting === undefined ? undefined : (0,util_json/* asObject */.eB)(setting, name).value;
}
function settings_text(value) {
    return typeof value === 'string' ? value : '';
}
function words(value) {
    const list = Array.isArray(value) ? value.map(String) : settings_text(value).split(/\s+/);
    return list.filter(Boolean);
}
/** Older versions give a list of `inside=outside`, newer ones an object whose keys are the paths inside. */
function sandboxPaths(value) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return Object.keys(value);
    return words(value).map(entry => entry.replace(/[=?].*$/, ''));
}

;// CONCATENATED MODULE: ./lib/nix/store-root.js

/**
 * The folder under which store paths really lie, where that is not `/`: a store may be set to one, and a user of a machine
 * that has no `/nix/var/nix` gets one at home. Programs in such a store cannot be run from outside of it.
 */
function storeRoot({ store, env, uid, hasState }) {
    if (store.startsWith('/'))
        return store;
    const root = /^local\?(?:.*&)?root=([^&]+)/.exec(store)?.[1];
    if (root !== undefined)
        return decodeURIComponent(root);
    if (store !== 'auto' || hasState || uid === undefined || uid === 0)
        return undefined;
    const data = env.XDG_DATA_HOME || (0,external_node_path_.join)(env.HOME ?? '/', '.local/share');
    return (0,external_node_path_.join)(data, 'nix/root');
}

// EXTERNAL MODULE: ./lib/nix/version.js
var nix_version = __webpack_require__(7879);
// EXTERNAL MODULE: ./lib/nix/words.js
var nix_words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/nix.js










const FEATURES = ['--extra-experimental-features', 'nix-command flakes'];
const HOW_TO_INSTALL = 'Install Nix 2.8 or newer: the package nix-bin of your distribution, or see https://nixos.org/download';
/** Finds Nix and asks for its version and settings. Throws a `UserError` when there is none, or it is older than 2.8. */
async function openNix(around) {
    const command = await findNix(around.env);
    if (command === undefined)
        throw new error/* UserError */.yo('Nix was not found', { hint: HOW_TO_INSTALL });
    const [version, settings] = await askBoth(around.exec, command);
    const options = await rootOptions(around, settings);
    const run = (args, runOptions) => around.exec(command, [...FEATURES, ...options, ...args], runOptions);
    const startNix = (args, startOptions) => (0,exec/* start */.ni)(command, [...FEATURES, ...options, ...args], startOptions);
    const state = around.stateFolder ?? '/nix/var/nix';
    // Two at once stumble over each other when they set up a fresh store, so the first to come is alone.
    if (!(await isSetUp(around, settings, state)))
        await run(['store', (0,nix_version/* hasSince */.bu)(version, 2, 19) ? 'info' : 'ping']);
    const hasState = await (0,file/* exists */.t2)(state);
    return {
        command,
        version,
        settings,
        run,
        start: startNix,
        storeRoot: storeRoot({ ...around, store: settings.store, hasState }),
    };
}
/** Neither question touches the store, so they are asked at once; a Nix that is too old is told as that. */
async function askBoth(exec, command) {
    const settings = askSettings(exec, command);
    settings.catch(() => { });
    const version = await askVersion(exec, command);
    return [version, await settings];
}
/** The first `nix` on PATH, or in the places where installers put it before a new login. */
async function findNix(env) {
    const home = env.HOME === undefined ? [] : [(0,external_node_path_.join)(env.HOME, '.nix-profile/bin')];
    const places = ['/nix/var/nix/profiles/default/bin', ...home, '/run/current-system/sw/bin'];
    return (0,program/* programOnPath */.B)([env.PATH ?? '', ...places].join(external_node_path_.delimiter), 'nix');
}
async function askVersion(exec, command) {
    const result = await exec(command, ['--version']);
    const version = (0,nix_version/* parseNixVersion */.p_)(result.stdout);
    if (result.code !== 0 || version === undefined) {
        const said = result.stdout.trim() || (0,nix_words/* lastWords */.aN)(result);
        throw new error/* UserError */.yo(`${command} --version gave no version: ${said}`, { hint: HOW_TO_INSTALL });
    }
    if ((0,nix_version/* isAtLeast */.du)(version, 2, 8))
        return version;
    throw new error/* UserError */.yo(`Nix ${version.text} (${command}) is too old`, { hint: HOW_TO_INSTALL });
}
/** `nix config show` was `nix show-config` before 2.20, and forks renamed it in their own time. */
async function askSettings(exec, command) {
    const names = [['config', 'show'], ['show-config']];
    let said = '';
    for (const name of names) {
        const result = await exec(command, [...FEATURES, ...name, '--json']);
        if (result.code === 0)
            return parseSettings(result.stdout);
        said ||= (0,nix_words/* lastWords */.aN)(result);
    }
    throw new error/* UserError */.yo(`${command} did not tell its settings:\n${said}`);
}
/**
 * Root builds as members of a group that some packages do not make; without it nothing would build. The sandbox is
 * the same either way.
 */
async function rootOptions(around, settings) {
    const direct = [around.env.NIX_REMOTE ?? '', settings.store].every(store => /^(auto|local)?$/.test(store));
    if (around.uid !== 0 || !direct || settings.buildUsersGroup === '')
        return [];
    const hasUsers = await hasMembers(around.groupFile ?? '/etc/group', settings.buildUsersGroup);
    return hasUsers ? [] : ['--option', 'build-users-group', ''];
}
/** Whether the store is the system's own, and is no fresh one: its schema is noted last when it is set up. */
async function isSetUp({ env }, { store }, state) {
    const isOwn = [env.NIX_REMOTE ?? '', store].every(each => /^(auto|local|daemon)?$/.test(each));
    return isOwn && (await (0,file/* exists */.t2)((0,external_node_path_.join)(state, 'db/schema')));
}
async function hasMembers(groupFile, group) {
    const text = await (0,promises_.readFile)(groupFile, 'utf8').catch(() => '');
    const fields = text.split('\n').map(line => line.split(':'));
    return fields.some(([name, , , members]) => name === group && members?.trim());
}


/***/ }),

/***/ 7879:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   bu: () => (/* binding */ hasSince),
/* harmony export */   du: () => (/* binding */ isAtLeast),
/* harmony export */   p_: () => (/* binding */ parseNixVersion)
/* harmony export */ });
const PRINTED = /^nix \(([^)]*)\) ((\d+)\.(\d+)\S*)/m;
/** Reads what `nix --version` prints, such as `nix (Nix) 2.34.8`; `undefined` when it is something else. */
function parseNixVersion(printed) {
    const [, name = '', text = '', major, minor] = PRINTED.exec(printed) ?? [];
    if (major === undefined)
        return undefined;
    return { flavour: flavourOf(name), major: Number(major), minor: Number(minor), text };
}
function flavourOf(name) {
    if (name.startsWith('Determinate'))
        return 'determinate';
    return name.startsWith('Lix') ? 'lix' : 'nix';
}
/** Whether it has what came to the original with a version after 2.18, where Lix left it. */
function hasSince(version, major, minor) {
    return version.flavour !== 'lix' && isAtLeast(version, major, minor);
}
function isAtLeast(version, major, minor) {
    return version.major > major || (version.major === major && version.minor >= minor);
}


/***/ }),

/***/ 6133:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ ask)
/* harmony export */ });
/* harmony import */ var _util_clock_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8394);
/* harmony import */ var _util_reach_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6035);
/* harmony import */ var _util_retry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9294);



/** In bytes. What is asked for here is a page of text at most; more is cut off. */
const MAX_TEXT = 256 * 1024;
const TIMEOUT_MS = 5000;
const RETRY = {
    attempts: 3,
    isTransient: failure => failure instanceof BadTry,
    backoff: (attempt, random) => 300 * 2 ** (attempt - 1) * (1 + random / 2),
    longestWait: 5000,
};
/** A try after which another may give a better answer. */
class BadTry extends Error {
    answer;
    retryAfter;
    constructor(answer, wait) {
        super();
        this.answer = answer;
        this.retryAfter = wait;
    }
}
/**
 * Asks for a small text. A server that is busy or cannot be reached is asked three times, one that is silent once. Never
 * throws but for the abort of `signal`.
 */
async function ask(url, request, web) {
    const clock = web.clock ?? _util_clock_js__WEBPACK_IMPORTED_MODULE_0__/* .systemClock */ .m;
    try {
        return await (0,_util_retry_js__WEBPACK_IMPORTED_MODULE_2__/* .retrying */ .R)({ retry: RETRY, clock, signal: web.signal }, () => tryOnce(url, request, web, clock));
    }
    catch (failure) {
        web.signal?.throwIfAborted();
        if (failure instanceof BadTry)
            return failure.answer;
        throw failure;
    }
}
async function tryOnce(url, request, web, clock) {
    const { fetch: own = fetch, timeout = TIMEOUT_MS } = web;
    const late = AbortSignal.timeout(timeout);
    const signal = web.signal ? AbortSignal.any([web.signal, late]) : late;
    try {
        const response = await own(url, { ...request, signal });
        const answer = { status: response.status, text: await beginningOf(response) };
        if (!isTransient(answer.status))
            return answer;
        throw new BadTry(answer, (0,_util_retry_js__WEBPACK_IMPORTED_MODULE_2__/* .retryAfter */ .P)(response.headers.get('retry-after') ?? undefined, clock.now()));
    }
    catch (error) {
        if (error instanceof BadTry)
            throw error;
        web.signal?.throwIfAborted();
        if (late.aborted)
            return { status: undefined, reason: `no answer in ${timeout / 1000} s` };
        throw new BadTry({ status: undefined, reason: (0,_util_reach_js__WEBPACK_IMPORTED_MODULE_1__/* .reasonOf */ .A3)(error) });
    }
}
async function beginningOf({ body }) {
    const chunks = [];
    let size = 0;
    for await (const chunk of body ?? []) {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= MAX_TEXT)
            break;
    }
    return Buffer.concat(chunks).subarray(0, MAX_TEXT).toString();
}
function isTransient(status) {
    return status === 408 || status === 429 || status >= 500;
}


/***/ }),

/***/ 2563:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ mayBeRoot),
/* harmony export */   t: () => (/* binding */ asRoot)
/* harmony export */ });
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);
/* harmony import */ var _within_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1145);


/** What sudo asks may be far away, or a finger on a key that nobody is there to lay. */
const SUDO_MS = 10_000;
/** Whether programs can be run as root without asking anybody. A sudo that gives no answer counts as none. */
async function mayBeRoot(rights, patience = SUDO_MS) {
    if (rights.uid === undefined)
        return false;
    if (rights.uid === 0)
        return true;
    const trying = asRoot(rights, 'true', []).then(({ code }) => code === 0);
    return (0,_within_js__WEBPACK_IMPORTED_MODULE_1__/* .within */ .u)(patience, trying, () => new Error('sudo gives no answer')).catch(() => false);
}
/**
 * Runs a program as root, through sudo where we are not, with none of our variables but a handful. A program that is
 * not there (`sudo`, as a rule) fails like one that refuses. With a signal, the program has ended before the abort is thrown.
 */
async function asRoot(rights, command, args, options = {}) {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    const end = (pid) => void asRoot(rights, 'sh', ['-c', `kill -TERM ${pid}`]);
    const ending = endedBy(signal, end);
    try {
        return await runAsRoot(rights, [command, ...args], { ...rest, onStart: ending.started });
    }
    finally {
        ending.over();
        signal?.throwIfAborted();
    }
}
async function runAsRoot({ exec, uid, own = uid === 0 }, command, options) {
    const [program = '', ...args] = own ? command : ['sudo', '-n', ...command];
    try {
        // In English, so that what went wrong can be told from the words.
        return await exec(program, args, { input: '', ...options, clean: true, env: { LC_ALL: 'C' } });
    }
    catch (error) {
        return { code: 127, stdout: '', stderr: (0,_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error) };
    }
}
/** Only root may end what root runs; sudo hands on a signal that comes from elsewhere. */
function endedBy(signal, end) {
    let onAbort = () => { };
    return {
        started(pid) {
            onAbort = () => end(pid);
            if (signal?.aborted)
                onAbort();
            else
                signal?.addEventListener('abort', onAbort, { once: true });
        },
        over: () => signal?.removeEventListener('abort', onAbort),
    };
}


/***/ }),

/***/ 1334:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ networkVariables)
/* harmony export */ });
const PROXY = /^(https?|all|no)_proxy$/i;
/** What a program needs of our environment to download for us. */
function networkVariables(env) {
    const set = Object.entries(env).filter(([name, value]) => PROXY.test(name) && value);
    return Object.fromEntries(set);
}


/***/ }),

/***/ 2332:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ programOnPath)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _file_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2564);


/** The path of a program in the folders of a PATH; `undefined` where there is none. */
async function programOnPath(path, name) {
    for (const folder of path.split(node_path__WEBPACK_IMPORTED_MODULE_0__.delimiter).filter(Boolean)) {
        const file = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, name);
        if (await (0,_file_js__WEBPACK_IMPORTED_MODULE_1__/* .isExecutable */ .TV)(file))
            return file;
    }
    return undefined;
}


/***/ }),

/***/ 6035:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A3: () => (/* binding */ reasonOf),
/* harmony export */   Se: () => (/* binding */ askedPatience),
/* harmony export */   gl: () => (/* binding */ reach)
/* harmony export */ });
/* unused harmony export retryAfterOf */
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);
/* harmony import */ var _retry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9294);
/* harmony import */ var _transient_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1386);



/** `fetch` whose failure is `Transient` and says why and which host, without the address's secrets. */
async function reach(url, init = {}) {
    try {
        return await fetch(url, init);
    }
    catch (error) {
        throw new _transient_js__WEBPACK_IMPORTED_MODULE_1__/* .Transient */ .R(`${new URL(url).host} cannot be reached: ${reasonOf(error)}`, { cause: error });
    }
}
/** `fetch` says only "fetch failed" or "terminated"; the reason lies in its cause. */
function reasonOf(error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return (cause === undefined ? '' : (0,_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(cause)) || (0,_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error);
}
const LONGEST_WAIT_MS = 60_000;
/** For how many milliseconds a server asks to be left alone; at most a minute. */
function retryAfterOf({ headers }) {
    return askedPatience(headers.get('retry-after') ?? undefined);
}
/** The same of the header's value. */
function askedPatience(value) {
    const asked = (0,_retry_js__WEBPACK_IMPORTED_MODULE_2__/* .retryAfter */ .P)(value, Date.now());
    return asked === undefined ? undefined : Math.min(asked, LONGEST_WAIT_MS);
}


/***/ }),

/***/ 1386:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ Transient),
/* harmony export */   i: () => (/* binding */ retrying)
/* harmony export */ });
/* harmony import */ var _clock_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8394);
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _retry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9294);



/** A failure that may be gone on the next try. */
class Transient extends Error {
    name = 'Transient';
    /** Milliseconds for which the other side asked to be left alone. */
    retryAfter;
    constructor(message, options = {}) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause });
        this.retryAfter = options.retryAfter;
    }
}
/** Runs `task` again while it throws `Transient`, and throws its last failure. */
function retrying({ attempts, firstWaitMs }, debug, task, signal) {
    const retry = {
        attempts,
        isTransient: failure => failure instanceof Transient,
        backoff: (attempt, random) => firstWaitMs * 2 ** (attempt - 1) * (1 + random / 2),
        longestWait: Number.POSITIVE_INFINITY,
    };
    const onRetry = (failure, delay) => debug(`${(0,_error_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(failure)}; trying again in ${Math.round(delay)} ms`);
    return (0,_retry_js__WEBPACK_IMPORTED_MODULE_2__/* .retrying */ .R)({ retry, clock: _clock_js__WEBPACK_IMPORTED_MODULE_0__/* .systemClock */ .m, onRetry, signal }, task);
}


/***/ }),

/***/ 1145:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ within)
/* harmony export */ });
/**
 * What a task gives, or the error of `late` once so many milliseconds have passed. The task is not ended then: it is for those
 * that cannot be, and whoever waits must be able to go on without it.
 */
async function within(milliseconds, task, late) {
    let timer;
    const tooLong = new Promise((_, reject) => {
        timer = setTimeout(() => reject(late()), milliseconds);
    });
    return Promise.race([task, tooLong]).finally(() => clearTimeout(timer));
}


/***/ }),

/***/ 5078:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   n: () => (/* binding */ firstWritable),
/* harmony export */   x: () => (/* binding */ notWritten)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);


/** The first folder that can be written, made where it is missing; the last one where none can. */
async function firstWritable(first, ...others) {
    const [next, ...rest] = others;
    if (next === undefined || (await canWrite(first)))
        return first;
    return firstWritable(next, ...rest);
}
function canWrite(folder) {
    const { W_OK, X_OK } = node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.constants;
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(folder, { recursive: true })
        .then(() => (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.access)(folder, W_OK | X_OK))
        .then(() => true, () => false);
}
/** A failure to write, in words of its own where the disk is full. */
function notWritten(what, folder, error) {
    if (!['ENOSPC', 'EDQUOT'].includes((0,_error_js__WEBPACK_IMPORTED_MODULE_1__/* .codeOf */ .$N)(error) ?? ''))
        return error;
    return new _error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`There is no room for ${what} in ${folder}: ${(0,_error_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(error)}`, {
        hint: 'Free some space on that disk.',
        cause: error,
    });
}


/***/ })

};
