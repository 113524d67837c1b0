export const id = 151;
export const ids = [151];
export const modules = {

/***/ 5886:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  vR: () => (/* binding */ anonymousClient),
  CT: () => (/* binding */ checkCredential),
  y_: () => (/* binding */ forReading),
  Rk: () => (/* binding */ registryClient)
});

// EXTERNAL MODULE: ./lib/util/clock.js
var clock = __webpack_require__(8394);
// EXTERNAL MODULE: ./lib/util/retry.js
var util_retry = __webpack_require__(9294);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/url.js
var util_url = __webpack_require__(7237);
;// CONCATENATED MODULE: ./lib/registry/challenge.js
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'y');
const SCHEME = new RegExp(`(${TOKEN})(?:[ \\t]+(?=[^ \\t,])|(?=[ \\t]*(?:,|$)))`, 'y');
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATOR = /[ \t,]*/y;
/** Reads as many challenges as there are; what cannot be read ends the list. */
function parseChallenges(text) {
    const challenges = [];
    let at = 0;
    const take = (pattern) => {
        pattern.lastIndex = at;
        const found = pattern.exec(text);
        if (found)
            at = pattern.lastIndex;
        return found;
    };
    for (take(SEPARATOR); at < text.length; take(SEPARATOR)) {
        const current = challenges.at(-1);
        const parameter = current && take(PARAMETER);
        if (parameter) {
            const [, name = '', quoted, plain = ''] = parameter;
            current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain;
            continue;
        }
        const scheme = take(SCHEME);
        if (!scheme)
            break;
        challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: {} });
        if (!beforeParameter(text, at))
            take(TOKEN68);
    }
    return challenges;
}
function beforeParameter(text, at) {
    PARAMETER.lastIndex = at;
    return PARAMETER.test(text);
}

// EXTERNAL MODULE: ./lib/registry/credential.js
var registry_credential = __webpack_require__(1266);
// EXTERNAL MODULE: ./lib/registry/origin.js
var origin = __webpack_require__(9957);
;// CONCATENATED MODULE: ./lib/registry/scope.js
const ACTIONS = { pull: 'pull', push: 'pull,push' };
/** `repository:owner/name:pull,push`, sorted, so that equal sets have equal texts. */
function scopeTexts(scopes) {
    return scopes.map(({ repository, access }) => `repository:${repository}:${ACTIONS[access]}`).sort();
}
/** Whether a token for `held` does for `wanted`. */
function covers(held, wanted) {
    return wanted.every(want => held.some(have => have.repository === want.repository && (have.access === want.access || have.access === 'push')));
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/util/units.js
var units = __webpack_require__(8223);
// EXTERNAL MODULE: ./lib/registry/response.js
var registry_response = __webpack_require__(1252);
;// CONCATENATED MODULE: ./lib/registry/token.js






const TOKEN_BODY = units/* MIB */.D;
/** What the Docker registry token specification says of a token that names no lifetime. */
const LIFETIME_SECONDS = 60;
/**
 * Gets a token as the Docker registry token specification has it: `GET` with Basic credentials or none, or for an
 * identity token the OAuth2 `POST`. Throws `RequestError` when it is refused; its messages never hold the answer.
 */
async function fetchToken(of) {
    const asked = of.clock.now();
    const response = await of.send(of.credential?.kind === 'identity' ? byRefresh(of, of.credential) : byGet(of));
    if (response.status !== 200)
        throw await (0,registry_response/* refusal */.x5)(response, of.clock.now());
    const answer = (await (0,registry_response/* readBytes */.io)(response, TOKEN_BODY)).toString();
    const { token, access_token, expires_in } = (0,json/* unquotedFields */.xJ)(answer);
    const value = [token, access_token].find(text => typeof text === 'string' && text !== '');
    if (typeof value !== 'string')
        throw (0,registry_response/* failed */.gz)(response, 'the answer holds no token');
    const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : LIFETIME_SECONDS;
    const early = 0.9;
    return { value, expiresAt: asked + early * seconds * 1000 };
}
function byGet({ realm, challenge, scopes, credential }) {
    const url = new URL(realm);
    const { service } = challenge.parameters;
    if (service !== undefined)
        url.searchParams.set('service', service);
    for (const scope of scopeTexts(scopes))
        url.searchParams.append('scope', scope);
    const known = credential?.kind === 'basic' ? credential : undefined;
    const authorization = known && (0,registry_credential/* basicAuthorization */.aR)(known.username, known.password);
    return { method: 'GET', url, headers: authorization ? { authorization } : {} };
}
function byRefresh(of, credential) {
    const { service } = of.challenge.parameters;
    const form = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: credential.token,
        client_id: 'nix-multiarch',
        ...(service !== undefined && { service }),
        scope: scopeTexts(of.scopes).join(' '),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: of.realm, headers, body: textBody(form.toString()) };
}
function textBody(text) {
    const bytes = Buffer.from(text);
    return { size: bytes.length, open: () => external_node_stream_.Readable.from([bytes], { objectMode: false }) };
}

;// CONCATENATED MODULE: ./lib/registry/auth.js







/**
 * Answers a registry's challenges for one credential: Bearer tokens by scope, Basic, or nothing. Tokens are kept while
 * they last, and requests that need the same one at the same time share it.
 */
class Authorizer {
    #of;
    #held = new Map();
    #demand;
    constructor(of) {
        this.#of = of;
        this.#demand = of.demand ?? {};
    }
    get credential() {
        return this.#of.credential;
    }
    /** The Authorization header for a request, as far as the registry has said what it wants. */
    async authorization(scopes) {
        const { challenge } = this.#demand;
        switch (challenge?.scheme) {
            case 'bearer':
                return `Bearer ${(await this.#token(challenge, scopes)).value}`;
            case 'basic':
                return this.#basic();
            default:
                return undefined;
        }
    }
    /** The header to try after a 401 to a request with the header `refused`; `undefined` when there is no better one. */
    async answer(response, refused, scopes) {
        const challenges = parseChallenges([response.headers['www-authenticate'] ?? []].flat().join(', '));
        const known = (scheme) => challenges.find(challenge => challenge.scheme === scheme);
        this.#demand.challenge = known('bearer') ?? known('basic') ?? this.#demand.challenge;
        await this.#forget(refused);
        const next = await this.authorization(scopes);
        return next === refused ? undefined : next;
    }
    #basic() {
        const { credential } = this.#of;
        return credential?.kind === 'basic'
            ? (0,registry_credential/* basicAuthorization */.aR)(credential.username, credential.password)
            : undefined;
    }
    async #token(challenge, scopes) {
        for (const [key, held] of [...this.#held]) {
            if (!covers(held.scopes, scopes))
                continue;
            // Its failure is everybody's who waits for it, or each would try for itself, one after the other.
            const token = await held.token;
            if (token.expiresAt > this.#of.clock.now())
                return token;
            this.#drop(key, held);
        }
        return this.#fetch(challenge, scopes);
    }
    #fetch(challenge, scopes) {
        const key = scopeTexts(scopes).join(' ');
        const running = this.#held.get(key);
        if (running)
            return running.token;
        const held = { scopes, token: this.#fetchAnew(challenge, scopes) };
        this.#held.set(key, held);
        held.token.catch(() => this.#drop(key, held));
        return held.token;
    }
    async #fetchAnew(challenge, scopes) {
        const { credential, send, clock, onSecret } = this.#of;
        const token = await fetchToken({
            realm: this.#realm(challenge),
            challenge,
            scopes,
            credential,
            send,
            clock,
        });
        onSecret?.(token.value);
        return token;
    }
    async #forget(refused) {
        for (const [key, held] of [...this.#held]) {
            const token = await held.token.catch(() => undefined);
            if (token && refused === `Bearer ${token.value}`)
                this.#drop(key, held);
        }
    }
    /** Takes away this very token, and not one that another request has fetched meanwhile. */
    #drop(key, held) {
        if (this.#held.get(key) === held)
            this.#held.delete(key);
    }
    #realm(challenge) {
        const { registry } = this.#of;
        const { realm = '' } = challenge.parameters;
        const url = (0,util_url/* urlFrom */.s)(realm);
        const allowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && registry.protocol === 'http:');
        if (url && allowed)
            return url;
        throw new util_error/* UserError */.yo(`${registry.host} sends to ${url ? (0,origin/* redacted */.pc)(url) : 'no address'} for a token, which is not a safe place for credentials`, { hint: 'The registry must name an https address as its realm; its administrator can set that.' });
    }
}

// EXTERNAL MODULE: ./lib/registry/explain-connection.js
var explain_connection = __webpack_require__(4109);
// EXTERNAL MODULE: ./lib/registry/request-error.js
var request_error = __webpack_require__(7997);
// EXTERNAL MODULE: ./lib/util/passing-status.js
var passing_status = __webpack_require__(2614);
;// CONCATENATED MODULE: ./lib/registry/retry.js


const TRANSIENT_CODES = new Set([
    'TIMEOUT',
    'PROXY_BUSY',
    'EAI_AGAIN',
    'ECONNABORTED',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EPIPE',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ETIMEDOUT',
    'HPE_INVALID_EOF_STATE',
]);
function isTransient(failure) {
    if (!(failure instanceof request_error/* RequestError */.G))
        return false;
    if (failure.code !== undefined)
        return TRANSIENT_CODES.has(failure.code);
    return failure.status !== undefined && passing_status/* PASSING_STATUS */.f.has(failure.status);
}
/** Six tries over about half a minute: 1, 2, 4, 8 and 16 s, each less up to its half by chance. */
const defaultRetry = {
    attempts: 6,
    isTransient,
    backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 - random / 2),
    longestWait: 120_000,
};

// EXTERNAL MODULE: ./lib/registry/census.js
var census = __webpack_require__(5324);
;// CONCATENATED MODULE: ./lib/registry/seen.js

/** The manifests that were read in a run. What a digest names never changes, so nobody has to ask for it twice. */
class SeenManifests {
    #manifests = new Map();
    add(of, found) {
        this.#manifests.set(keyOf(of, found.descriptor.digest), found);
    }
    find(of, digest) {
        return this.#manifests.get(keyOf(of, digest));
    }
}
function keyOf(of, digest) {
    return `${(0,census/* placeOf */.$t)(of)}@${digest}`;
}

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ./lib/util/route.js + 1 modules
var route = __webpack_require__(9993);
// EXTERNAL MODULE: ./lib/util/proxy-error.js
var proxy_error = __webpack_require__(6343);
;// CONCATENATED MODULE: ./lib/registry/sending.js

/** In bytes. */
const CHEAP = units/* MIB */.D;
/** A request's body on its way out, no faster than the connection takes it. */
class Sending {
    #call;
    #request;
    #sent = 0;
    constructor(call, request) {
        this.#call = call;
        this.#request = request;
    }
    /** Whether so little was sent that doing it again costs nothing. */
    get isCheap() {
        return this.#sent <= CHEAP;
    }
    /** Ends when all is handed over, or the answer has come before that. Throws what the body's source throws. */
    async run() {
        const { body } = this.#request;
        if (body)
            await this.#send(body);
        else
            this.#call.end();
    }
    async #send(body) {
        const call = this.#call;
        const source = body.open();
        let over = false;
        const stop = () => {
            over = true;
            source.destroy();
        };
        call.once('close', stop).once('response', () => this.#sent < body.size && stop());
        try {
            for await (const chunk of source) {
                if (call.destroyed)
                    return;
                this.#count(chunk.length, body);
                if (!call.write(chunk))
                    await drained(call);
            }
            if (this.#sent < body.size)
                throw new Error(`the body ended after ${this.#sent} of its ${body.size} bytes`);
            call.end();
        }
        catch (error) {
            // Stopping the source makes reading it fail; the reason is told elsewhere.
            if (!over)
                throw error;
        }
    }
    #count(bytes, body) {
        this.#sent += bytes;
        if (this.#sent > body.size)
            throw new Error(`the body is longer than its ${body.size} bytes`);
        if (this.#request.meter)
            this.#request.meter.bytesSent += bytes;
        body.onSent?.(bytes);
    }
}
const DRAINED = ['drain', 'close', 'response'];
/** Until the connection takes more, or will never. */
function drained(call) {
    if (call.destroyed)
        return Promise.resolve();
    return new Promise(resolve => {
        const done = () => {
            for (const event of DRAINED)
                call.off(event, done);
            resolve();
        };
        for (const event of DRAINED)
            call.on(event, done);
    });
}

;// CONCATENATED MODULE: ./lib/registry/watch.js
const TIMED_OUT = {
    connect: ({ connect }) => `no connection within ${connect / 1000} s`,
    idle: ({ idle }) => `nothing was sent or received for ${idle / 1000} s`,
};
/** Says in words, once, when a request takes longer than it may; `answer` tells what has come of it so far. */
function watch(call, timeouts, answer, onTimeout) {
    call.once('socket', (socket) => {
        const stopConnecting = watchConnecting(call, socket, timeouts.connect, () => onTimeout(TIMED_OUT.connect(timeouts)));
        const onIdle = () => {
            socket.setTimeout(timeouts.idle);
            if (!isOurTurn(call, answer()))
                onTimeout(TIMED_OUT.idle(timeouts));
        };
        socket.setTimeout(timeouts.idle).on('timeout', onIdle);
        call.once('close', () => {
            stopConnecting();
            socket.setTimeout(0).off('timeout', onIdle);
        });
    });
}
/** TLS begins anew on each connection, also on one through a proxy, which is there already. */
function watchConnecting(call, socket, ms, onTimeout) {
    const isSafe = 'encrypted' in socket;
    if (call.reusedSocket || !(isSafe || socket.connecting))
        return () => { };
    const timer = setTimeout(onTimeout, ms);
    const stop = () => clearTimeout(timer);
    socket.once(isSafe ? 'secureConnect' : 'connect', stop);
    return stop;
}
/** Whether the connection is idle because our own side has not written or read what it could. */
function isOurTurn(call, message) {
    if (message)
        return message.readableLength > 0;
    return !call.writableEnded && call.writableLength === 0;
}

;// CONCATENATED MODULE: ./lib/registry/exchange.js





/**
 * Sends one request and gives the answer as soon as its head is there, whatever its status. A failed connection is
 * a `RequestError`; a failure of the body's source is thrown as it is; an abort throws the signal's reason.
 */
async function exchange(request, { routes, timeouts }) {
    request.signal?.throwIfAborted();
    const route = routes.to(request.url);
    if (request.meter)
        request.meter.requests++;
    return new Promise((resolve, reject) => {
        const call = start(request, route);
        const sending = new Sending(call, request);
        let message;
        call.on('error', error => {
            const isStale = !message && call.reusedSocket && isBreak(error) && sending.isCheap;
            reject((0,request_error/* connectionFailure */.D)(request, told(error, call, route), isStale));
        });
        call.once('response', answer => {
            message = answer;
            settle(call, answer);
            const { statusCode: status = 0, headers } = answer;
            const refused = status === 407 && route.reader;
            if (refused)
                call.destroy((0,proxy_error/* proxyRefusal */.vd)(refused, status));
            else
                resolve({ status, headers, request, body: answer });
        });
        onAbort(request.signal, call, reject);
        const { method, url } = request;
        const late = (reason) => void (message ?? call).destroy(new request_error/* RequestError */.G({ method, url, code: 'TIMEOUT', reason }));
        watch(call, timeouts, () => message, late);
        sending.run().catch(error => {
            reject(error);
            call.destroy();
        });
    });
}
/** Node.js ends a request that waits for a proxy's tunnel only when there is one. */
function onAbort(signal, call, reject) {
    if (!signal)
        return;
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    call.once('close', () => signal.removeEventListener('abort', abort));
}
const BREAKS = new Set(['ECONNRESET', 'EPIPE']);
function isBreak(error) {
    return BREAKS.has((0,util_error/* codeOf */.$N)(error) ?? '');
}
/** A proxy that reads our requests is who we connect to. */
function told(error, call, { reader }) {
    return reader && (call.socket?.connecting ?? true) ? (0,proxy_error/* proxyFailure */.xh)(reader, error) : error;
}
function start({ method, headers, body, signal }, route) {
    return route.request({
        ...route.options,
        method,
        headers: { ...headers, ...route.headers, ...contentLength(method, body) },
        ...(signal && { signal }),
    });
}
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
function contentLength(method, body) {
    if (body)
        return { 'content-length': String(body.size) };
    return WITH_BODY.has(method) ? { 'content-length': '0' } : {};
}
/** An answer that came before the whole request was sent leaves the connection useless for another one. */
function settle(call, message) {
    message.on('error', () => { });
    const close = () => {
        if (!call.writableEnded)
            call.destroy();
    };
    message.once('end', close).once('close', close);
}

;// CONCATENATED MODULE: ./lib/registry/transport.js









const TIMEOUTS = { connect: 30_000, idle: 120_000 };
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
/** A server that closes every kept connection at once is no server to keep connections with. */
const MOST_STALE = 10;
const MOST_BREAKS = 2;
/** HTTP with kept connections, which follows redirects and keeps credentials to the origin that they were meant for. */
class Transport {
    #kept;
    /** A connection for each request. */
    #fresh;
    /** How often an origin has closed a kept connection on which a body was on its way. */
    #breaks = new Map();
    #insecure;
    #isClosed = false;
    constructor(options = {}) {
        this.#insecure = options.insecure ?? false;
        const timeouts = { ...TIMEOUTS, ...options.timeouts };
        const line = (agents) => {
            return { agents, timeouts, routes: new route/* Routes */.B(agents, options.proxies, timeouts.connect) };
        };
        this.#kept = line(options.agents ?? keptAlive());
        this.#fresh = line(notKept(this.#kept.agents));
    }
    /** Gives the answer whatever its status; throws `RequestError` when there is none, `UserError` for forbidden HTTP. */
    async send(request) {
        const headers = { 'user-agent': 'nix-multiarch', ...request.headers };
        let next = { ...request, headers, registry: request.registry ?? request.url };
        for (let hops = 0;; hops++) {
            if (this.#isClosed)
                throw new Error(`${(0,origin/* redacted */.pc)(next.url)} was asked for after the end`);
            this.#guard(next);
            const response = await this.#exchange(next);
            const target = redirectOf(response);
            if (!target)
                return response;
            await (0,registry_response/* discard */.vf)(response);
            if (hops === MOST_REDIRECTS)
                throw (0,registry_response/* failed */.gz)(response, `more than ${MOST_REDIRECTS} redirects`);
            next = { ...next, url: target, headers: headersFor(next, target) };
        }
    }
    /** Closes all connections, and opens no others. */
    close() {
        this.#isClosed = true;
        for (const { routes, agents } of [this.#kept, this.#fresh]) {
            routes.close();
            agents.http.destroy();
            agents.https.destroy();
        }
    }
    /**
     * A server may close a kept connection just when we send. What carries nothing is then sent on another one at once; where it
     * carries something, the caller knows where to begin again. What carries something to a server that does so time and again, as
     * proxies do that keep none, gets a connection of its own.
     */
    async #exchange(request) {
        for (let stale = 0;; stale++) {
            try {
                return await exchange(request, this.#lineFor(request));
            }
            catch (error) {
                if (!(error instanceof request_error/* RequestError */.G && error.atOnce))
                    throw error;
                if (request.body)
                    this.#breaks.set(request.url.origin, this.#breaksOf(request) + 1);
                if (request.body || stale === MOST_STALE)
                    throw error;
            }
        }
    }
    #lineFor(request) {
        return request.body && this.#breaksOf(request) >= MOST_BREAKS ? this.#fresh : this.#kept;
    }
    #breaksOf({ url }) {
        return this.#breaks.get(url.origin) ?? 0;
    }
    #guard({ url, registry = url }) {
        if (url.protocol === 'https:' || (url.protocol === 'http:' && this.#insecure))
            return;
        const isHere = url.protocol === 'http:' && (0,origin/* isLoopback */.U9)(url);
        if (isHere && (0,origin/* isLoopback */.U9)(registry))
            return;
        if (isHere)
            throw ledHere(url, registry);
        throw new util_error/* UserError */.yo(`${(0,origin/* redacted */.pc)(url)} would be reached without encryption`, {
            hint: 'If you trust the network between here and there, allow plain HTTP with --insecure.',
        });
    }
}
/** Others have no business with what listens here. */
function ledHere(url, registry) {
    return new util_error/* UserError */.yo(`${registry.host} leads to ${(0,origin/* redacted */.pc)(url)}, which is this very machine`, {
        hint: 'Something is wrong with the registry, or somebody stands before it. If that is how it should be, allow it with --insecure.',
    });
}
function keptAlive() {
    const options = { keepAlive: true, scheduling: 'lifo' };
    return { http: new external_node_http_.Agent(options), https: new external_node_https_.Agent(options) };
}
function notKept(agents) {
    return { http: new external_node_http_.Agent(), https: new external_node_https_.Agent({ ...agents.https.options, keepAlive: false }) };
}
/** A request with a body may hold secrets or cost much, and so is never sent on to another origin. */
function redirectOf(response) {
    const { request, status } = response;
    const location = (0,registry_response/* header */.wx)(response, 'location');
    if (!REDIRECTS.has(status) || location === undefined)
        return undefined;
    const target = (0,util_url/* urlFrom */.s)(location, request.url);
    if (target === undefined)
        throw (0,registry_response/* failed */.gz)(response, 'the redirect names no address');
    if (request.method === 'GET' || request.method === 'HEAD')
        return target;
    const sameRequest = status === 307 || status === 308;
    return sameRequest && (0,origin/* sameOrigin */.Nm)(request.url, target) ? target : undefined;
}
function headersFor({ url, headers }, target) {
    if ((0,origin/* sameOrigin */.Nm)(url, target))
        return headers;
    const { authorization, ...rest } = headers;
    return rest;
}

// EXTERNAL MODULE: ./lib/registry/upload-habits.js
var upload_habits = __webpack_require__(2864);
;// CONCATENATED MODULE: ./lib/registry/client.js











/** What all repositories share: connections, credentials and tokens, and the patience with a registry's troubles. */
class Client {
    #of;
    #transport;
    #connections = new Map();
    #addresses = new Map();
    #registries = new Map();
    #boundSignals = new WeakMap();
    clock;
    retry;
    seen = new SeenManifests();
    constructor(options = {}) {
        this.#of = options;
        this.#transport = new Transport(options);
        this.clock = options.clock ?? clock/* systemClock */.m;
        this.retry = options.retry ?? defaultRetry;
    }
    /**
     * Makes a call and reads its answer, again and again as the retry policy has it. Throws `RequestError` for a failure
     * of the connection or a status that is not expected.
     */
    call(to, call, read) {
        const bounded = { ...call, signal: this.#bounded(call.signal) };
        const attempt = () => this.#attempt(to, bounded, read);
        return call.once ? attempt() : this.retrying(attempt, call.signal);
    }
    retrying(task, signal, retry = this.retry) {
        const onRetry = (failure, delay) => {
            if (failure instanceof request_error/* RequestError */.G)
                this.#of.onRetry?.(failure, delay);
        };
        const { budget } = this.#of;
        return (0,util_retry/* retrying */.R)({ retry, clock: this.clock, signal: this.#bounded(signal), onRetry, budget }, task);
    }
    /** Made once for each signal, since thousands of requests share one. */
    #bounded(signal) {
        const { budget } = this.#of;
        if (!budget || !signal)
            return budget?.signal ?? signal;
        const bound = this.#boundSignals.get(signal) ?? AbortSignal.any([signal, budget.signal]);
        this.#boundSignals.set(signal, bound);
        return bound;
    }
    /** Whose name requests to a repository bear. */
    async credential(of) {
        return (await this.#connection(of)).authorizer.credential;
    }
    /** How a repository's registry wants uploads. */
    habits(of) {
        return this.#known(of).habits;
    }
    #known({ registry }) {
        const name = (0,origin/* canonicalRegistry */.i7)(registry);
        const known = this.#registries.get(name) ?? { habits: new upload_habits/* UploadHabits */.TQ(), demand: {} };
        this.#registries.set(name, known);
        return known;
    }
    /** Closes the kept connections. */
    close() {
        this.#transport.close();
    }
    async #attempt(to, call, read) {
        const connection = await this.#connection(to);
        const response = await this.#afterFirst(to, call, () => this.#authorized(connection, to, call));
        if (!call.expect.includes(response.status))
            throw await (0,registry_response/* refusal */.x5)(response, this.clock.now());
        return read(response);
    }
    /** The first request to a registry goes ahead alone: the others know then what it wants, and need not be refused first. */
    async #afterFirst(to, { signal }, task) {
        const known = this.#known(to);
        if (known.first) {
            await unlessAborted(known.first, signal);
            return task();
        }
        const running = task();
        // What has failed has shown nobody what the registry wants.
        const forget = () => {
            known.first = undefined;
        };
        known.first = running.then(() => { }, forget);
        return running;
    }
    /** Only the registry itself gets the Authorization header, and only its own 401 is answered. */
    async #authorized({ url, authorizer }, to, call) {
        const request = requestFor(url, to, call);
        if (!(0,origin/* sameOrigin */.Nm)(request.url, url))
            return this.#transport.send(request);
        const scopes = scopesOf(to, call);
        const first = await unlessAborted(authorizer.authorization(scopes), call.signal);
        const response = await this.#transport.send(withAuthorization(request, first));
        if (response.status !== 401 || !(0,origin/* sameOrigin */.Nm)(response.request.url, url))
            return response;
        try {
            const next = await unlessAborted(authorizer.answer(response, first, scopes), call.signal);
            if (next === undefined)
                return response;
            await (0,registry_response/* discard */.vf)(response);
            return await this.#transport.send(withAuthorization(request, next));
        }
        catch (error) {
            await (0,registry_response/* discard */.vf)(response);
            throw error;
        }
    }
    #connection(to) {
        return memoized(this.#connections, `${(0,origin/* canonicalRegistry */.i7)(to.registry)}/${to.repository}`, async () => {
            const registry = await this.#address(to.registry);
            const credential = await this.#of.credentials?.(to);
            const send = (request) => this.#transport.send({ ...request, registry });
            const { onSecret } = this.#of;
            return {
                url: registry,
                authorizer: new Authorizer({
                    registry,
                    credential,
                    send,
                    clock: this.clock,
                    onSecret,
                    demand: this.#known(to).demand,
                }),
            };
        });
    }
    /** Plain HTTP on this machine; elsewhere only where it is allowed and TLS is not spoken. */
    #address(registry) {
        return memoized(this.#addresses, (0,origin/* canonicalRegistry */.i7)(registry), async () => {
            const [secure, plain] = [(0,origin/* registryUrl */.NH)(registry, 'https:'), (0,origin/* registryUrl */.NH)(registry, 'http:')];
            if (!this.#of.insecure)
                return (0,origin/* isLoopback */.U9)(plain) ? plain : secure;
            return (await this.#speaksTls(secure)) ? secure : plain;
        });
    }
    async #speaksTls(registry) {
        try {
            await (0,registry_response/* discard */.vf)(await this.#transport.send({ method: 'GET', url: new URL('v2/', registry), headers: {} }));
            return true;
        }
        catch (error) {
            return (0,explain_connection/* isCertificateProblem */.B)(error);
        }
    }
}
function requestFor(base, to, { method, target, headers = {}, body, signal, meter }) {
    const url = typeof target === 'string' ? new URL(`v2/${to.repository}/${target}`, base) : target;
    return {
        method,
        url,
        registry: base,
        headers,
        ...(body && { body }),
        ...(signal && { signal }),
        ...(meter && { meter }),
    };
}
function scopesOf(to, { access, from }) {
    const own = { repository: to.repository, access };
    return from === undefined ? [own] : [own, { repository: from, access: 'pull' }];
}
function withAuthorization(request, authorization) {
    return authorization === undefined
        ? request
        : { ...request, headers: { ...request.headers, authorization } };
}
/** One promise for each key; a failed one is forgotten. */
function memoized(map, key, make) {
    const known = map.get(key);
    if (known)
        return known;
    const made = make();
    map.set(key, made);
    made.catch(() => map.delete(key));
    return made;
}
/** What others wait for too goes on after an abort; only this waiting ends. */
async function unlessAborted(shared, signal) {
    if (!signal)
        return shared;
    // Nobody may be waiting any more when it fails.
    shared.catch(() => { });
    signal.throwIfAborted();
    const { promise: aborted, stop } = abortOf(signal);
    return Promise.race([shared, aborted]).finally(stop);
}
function abortOf(signal) {
    let stop = () => { };
    const promise = new Promise((_, reject) => {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        stop = () => signal.removeEventListener('abort', onAbort);
    });
    return { promise, stop };
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
;// CONCATENATED MODULE: ./lib/registry/credential-helper.js



/**
 * Asks `docker-credential-<name>` for a server's credential (docker-credential-helpers protocol: the server on standard
 * input, JSON on standard output). Throws `UserError` when the program fails, and when a registry's own is missing; none
 * found is `undefined`.
 */
async function askHelper({ name, own }, server, exec) {
    const program = `docker-credential-${name}`;
    const result = await exec(program, ['get'], { input: server }).catch(error => {
        // A configuration that came from another machine may name a keychain that this one does not have.
        if (!own && isMissing(error))
            return undefined;
        throw failure(program, server, (0,util_error/* messageOf */.bD)(error));
    });
    if (result === undefined)
        return undefined;
    const { code, stdout, stderr } = result;
    if (code === 0)
        return answerOf(program, server, stdout);
    const said = `${stdout} ${stderr}`.trim();
    if (/credentials not found|credentials server URL|no credentials/i.test(said))
        return undefined;
    throw failure(program, server, `exit code ${code}${said === '' ? '' : `: ${said.slice(0, 300)}`}`);
}
function isMissing(error) {
    return error instanceof exec/* ProgramNotFound */.ec;
}
/** What the program wrote is never shown, since it holds the secret. */
function answerOf(program, server, stdout) {
    const { Username: username, Secret: secret } = (0,json/* unquotedFields */.xJ)(stdout);
    if (typeof username !== 'string' || typeof secret !== 'string')
        throw failure(program, server, 'its answer holds no Username and Secret');
    if (secret === '')
        return undefined;
    if (username === '<token>')
        return { kind: 'identity', token: secret, source: program };
    return { kind: 'basic', username, password: secret, source: program };
}
function failure(program, server, why) {
    return new util_error/* UserError */.yo(`${program} gave no credentials for ${server}: ${why}`, {
        hint: `Run \`echo ${server} | ${program} get\` to see more, or log in again.`,
    });
}

;// CONCATENATED MODULE: ./lib/registry/docker-config.js




/** Docker Hub's name in credential helpers, and in files that `docker login` writes. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';
/**
 * Looks a reference up in one file, in Docker's order: the registry's own helper, or else the general one, and then
 * what the file itself holds. A file that is not there has nothing. Throws `UserError` that names a broken file.
 */
async function dockerConfigCredential(file, reference, exec) {
    const config = await readConfig(file);
    if (!config)
        return undefined;
    const helper = helperFor(config, reference);
    const found = helper && (await askHelper(helper, serverOf(reference), exec));
    return found || storedCredential(config, reference);
}
async function readConfig(file) {
    const text = await (0,promises_.readFile)(file, 'utf8').catch(error => {
        if ((0,util_error/* codeOf */.$N)(error) === 'ENOENT' || (0,util_error/* codeOf */.$N)(error) === 'ENOTDIR')
            return undefined;
        throw broken(file, 'it cannot be read', error);
    });
    if (text === undefined || text.trim() === '')
        return undefined;
    const { auths, credHelpers, credsStore } = section(file, 'it', parsed(file, text));
    return {
        file,
        auths: section(file, 'auths', auths),
        credHelpers: section(file, 'credHelpers', credHelpers),
        credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
    };
}
/** The parser's own message would quote the file, and with it a secret. */
function parsed(file, text) {
    try {
        return JSON.parse(text);
    }
    catch {
        throw broken(file, 'it is not JSON');
    }
}
function section(file, name, value) {
    if (value === undefined || value === null)
        return {};
    if (typeof value !== 'object' || Array.isArray(value))
        throw broken(file, `${name} is not an object`);
    return value;
}
function broken(file, why, cause) {
    return new util_error/* UserError */.yo(`the credentials file ${file} is broken: ${why}`, {
        hint: 'Mend or remove the file, or log in again with `docker login`.',
        cause,
    });
}
function serverOf({ registry }) {
    const name = (0,origin/* canonicalRegistry */.i7)(registry);
    return name === 'docker.io' ? DOCKER_HUB_SERVER : name;
}
function helperFor({ file, credHelpers, credsStore }, reference) {
    const general = credsStore === undefined ? undefined : { name: credsStore, own: false };
    const key = findKey(credHelpers, (0,origin/* canonicalRegistry */.i7)(reference.registry));
    if (key === undefined)
        return general;
    const name = credHelpers[key];
    if (typeof name !== 'string')
        throw broken(file, `credHelpers[${JSON.stringify(key)}] is not a string`);
    return name === '' ? general : { name, own: true };
}
function storedCredential(config, reference) {
    for (const place of placesOf(reference)) {
        const key = findKey(config.auths, place);
        const found = key === undefined ? undefined : entryCredential(config, key);
        if (found)
            return found;
    }
    return undefined;
}
/** podman's keys may name a repository or a part of its path: `host/owner/name`, `host/owner`, `host`. */
function placesOf({ registry, repository }) {
    const parts = repository.split('/');
    const paths = parts.map((_, n) => parts.slice(0, parts.length - n).join('/'));
    const host = (0,origin/* canonicalRegistry */.i7)(registry);
    return [...paths.map(path => `${host}/${path}`), host];
}
/** The key itself before one that only means the same. */
function findKey(entries, place) {
    if (Object.hasOwn(entries, place))
        return place;
    return Object.keys(entries).find(key => placeOf(key) === place);
}
/** `https://index.docker.io/v1/` → `docker.io`, `https://ghcr.io` → `ghcr.io`. */
function placeOf(key) {
    const path = key
        .replace(/^https?:\/\//, '')
        .replace(/\/+$/, '')
        .replace(/\/v[12]$/, '');
    const [host = '', ...rest] = path.split('/');
    return [(0,origin/* canonicalRegistry */.i7)(host), ...rest].join('/');
}
function entryCredential({ file, auths }, key) {
    const entry = section(file, `auths[${JSON.stringify(key)}]`, auths[key]);
    const text = (name) => {
        const value = entry[name] ?? '';
        if (typeof value === 'string')
            return value;
        throw broken(file, `${name} of auths[${JSON.stringify(key)}] is not a string`);
    };
    const token = text('identitytoken');
    if (token !== '')
        return { kind: 'identity', token, source: file };
    const pair = text('auth') === '' ? undefined : decodePair(text('auth'));
    if (text('auth') !== '' && !pair)
        throw broken(file, `auth of auths[${JSON.stringify(key)}] is not the base64 of user:password`);
    const { username, password } = pair ?? { username: text('username'), password: text('password') };
    return username === '' || password === '' ? undefined : { kind: 'basic', username, password, source: file };
}
function decodePair(auth) {
    if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(auth))
        return undefined;
    const text = Buffer.from(auth, 'base64').toString().replace(/\0+$/, '');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

;// CONCATENATED MODULE: ./lib/registry/credentials.js





/** Finds the credential for a reference: the explicit one, else a configuration file's, else the workflow's token. */
function credentialResolver(sources) {
    const resolvers = [explicit(sources), ...configFiles(sources.env).map(fromFile(sources)), github(sources)];
    return async (reference) => {
        for (const resolve of resolvers) {
            const credential = await resolve(reference);
            if (!credential)
                continue;
            for (const secret of (0,registry_credential/* secretsOf */.Fj)(credential))
                sources.onSecret?.(secret);
            return credential;
        }
        return undefined;
    };
}
function explicit({ explicit: given }) {
    return async ({ registry }) => {
        if (!given || (0,origin/* canonicalRegistry */.i7)(given.registry) !== (0,origin/* canonicalRegistry */.i7)(registry))
            return undefined;
        const { username, password } = given;
        return { kind: 'basic', username, password, source: 'the given username and password' };
    };
}
function github({ githubToken }) {
    return async ({ registry }) => {
        if (!githubToken?.token || (0,origin/* canonicalRegistry */.i7)(registry) !== 'ghcr.io')
            return undefined;
        const { actor, token } = githubToken;
        return { kind: 'basic', username: actor, password: token, source: 'GITHUB_TOKEN' };
    };
}
function fromFile({ exec }) {
    return file => reference => dockerConfigCredential(file, reference, exec);
}
/** Docker's file, and podman's: the one that its variable names comes first. */
function configFiles(env) {
    const home = env.HOME || (0,external_node_os_.homedir)();
    return [
        env.REGISTRY_AUTH_FILE,
        env.DOCKER_CONFIG ? (0,external_node_path_.join)(env.DOCKER_CONFIG, 'config.json') : (0,external_node_path_.join)(home, '.docker', 'config.json'),
        env.XDG_RUNTIME_DIR && (0,external_node_path_.join)(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
    ]
        .filter(file => file !== undefined)
        .filter(file => file !== '');
}

// EXTERNAL MODULE: ./lib/util/proxy.js + 1 modules
var proxy = __webpack_require__(5742);
// EXTERNAL MODULE: ./lib/command/retry-teller.js
var retry_teller = __webpack_require__(1768);
;// CONCATENATED MODULE: ./lib/command/registry-client.js







/** A registry client with the credentials that the inputs, the Docker configuration and GitHub give. */
function registryClient(inputs, targets, host, { attempts = defaultRetry.attempts, budget } = {}) {
    const explicit = explicitCredential(inputs, targets);
    const token = inputs.githubToken ?? host.env.GITHUB_TOKEN;
    const onSecret = (value) => host.secret(value);
    const credentials = credentialResolver({
        ...(explicit && { explicit }),
        ...(token && { githubToken: { actor: host.env.GITHUB_ACTOR ?? 'token', token } }),
        env: host.env,
        exec: exec/* exec */.m0,
        onSecret,
    });
    const retry = { ...defaultRetry, attempts };
    return new Client({
        credentials,
        insecure: inputs.insecure,
        retry,
        onSecret,
        onRetry: (0,retry_teller/* retryTeller */.v)(host),
        proxies: (0,proxy/* proxiesOf */._)(host.env, onSecret),
        ...(budget && { budget }),
    });
}
/**
 * A registry client for what everybody may read.
 *
 * @param attempts how often a request is made at most
 */
function anonymousClient(host, attempts) {
    const retry = { ...defaultRetry, attempts };
    const onSecret = (value) => host.secret(value);
    return new Client({ retry, onSecret, onRetry: (0,retry_teller/* retryTeller */.v)(host), proxies: (0,proxy/* proxiesOf */._)(host.env, onSecret) });
}
/** Who only reads may do so without the password of a user that was named: a pull request from a fork has no secrets. */
function forReading(inputs) {
    return inputs.password === undefined ? { ...inputs, username: undefined } : inputs;
}
/** Throws a `UsageError` when the given name and password do not go together, or not with the targets. */
function checkCredential(inputs, targets) {
    explicitCredential(inputs, targets);
}
/** One name and password are for one registry: sent to a second one, they would be given away. */
function explicitCredential({ username, password }, targets) {
    if (username === undefined && password === undefined)
        return undefined;
    if (username === undefined)
        throw new util_error/* UsageError */.eb('There is a password, but no `username`');
    if (password === undefined) {
        throw new util_error/* UsageError */.eb('There is a `username`, but no password', {
            hint: 'On the command line it comes with --password-stdin, in an action with `password`.',
        });
    }
    const [registry, ...others] = new Set(targets.map(target => target.registry));
    if (registry === undefined)
        return undefined;
    if (others.length === 0)
        return { registry, username, password };
    throw new util_error/* UsageError */.eb(`\`username\` is for one registry, but there are ${[registry, ...others].join(', ')}`, {
        hint: 'Use `docker login` or docker/login-action for each registry instead.',
    });
}


/***/ }),

/***/ 1768:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   v: () => (/* binding */ retryTeller)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4849);


/** Tells that something is tried again after so many milliseconds, so that a long wait is no riddle. */
function retryTeller({ log }) {
    return (failure, delay) => log.info(`${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(failure)}; trying again in ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatSeconds */ .Xo)(delay)}`);
}


/***/ }),

/***/ 1260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $d: () => (/* binding */ sizeOf),
/* harmony export */   BA: () => (/* binding */ parseDescriptor),
/* harmony export */   dM: () => (/* binding */ distinct),
/* harmony export */   nb: () => (/* binding */ descriptorOf)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Just the descriptor of a blob, with its fields in the order in which they are written. */
function descriptorOf(of) {
    const { mediaType, digest, size, annotations, platform } = of;
    return {
        mediaType,
        digest,
        size,
        ...(annotations && { annotations }),
        ...(platform && { platform: orderedPlatform(platform) }),
    };
}
/** The same platform must give the same bytes, whoever wrote it down. */
function orderedPlatform({ architecture, os, variant, ...rest }) {
    return { architecture, os, ...rest, ...(variant !== undefined && { variant }) };
}
/** Each digest once: in the place of its first, the last that has it. */
function distinct(all) {
    return [...new Map(all.map(each => [each.digest, each])).values()];
}
/** In bytes, together. */
function sizeOf(all) {
    return all.reduce((sum, { size }) => sum + size, 0);
}
/** Throws an `Error` that starts with `what` when `value` is no descriptor. */
function parseDescriptor(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(value, what);
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStringMap */ ._T)(it.annotations, `${what}.annotations`);
    const platform = it.platform === undefined ? undefined : asPlatform(it.platform, `${what}.platform`);
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.mediaType, `${what}.mediaType`),
        digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m)(it.digest),
        size: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asCount */ .Wg)(it.size, `${what}.size`),
        ...(annotations && { annotations }),
        ...(platform && { platform }),
    };
}
function asPlatform(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(value, what);
    const variant = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it.variant, `${what}.variant`);
    const version = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it['os.version'], `${what}["os.version"]`);
    return {
        architecture: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.architecture, `${what}.architecture`),
        os: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.os, `${what}.os`),
        ...(version && { 'os.version': version }),
        ...(variant && { variant }),
    };
}


/***/ }),

/***/ 5885:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A1: () => (/* binding */ parseIndex),
/* harmony export */   H3: () => (/* binding */ isAttestation),
/* harmony export */   H9: () => (/* binding */ makeIndex),
/* harmony export */   bj: () => (/* binding */ encodeIndex)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _image_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5148);
/* harmony import */ var _manifest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4360);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8574);
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);






function parseIndex(bytes, what = 'the index') {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(bytes, what), what);
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asStringMap */ ._T)(it.annotations, 'annotations');
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asOptionalString */ .qM)(it.mediaType, 'mediaType') ?? _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p,
        manifests: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)(it.manifests, 'manifests').map((each, n) => (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .BA)(each, `manifests[${n}]`)),
        ...(annotations && { annotations }),
    };
}
/** BuildKit's provenance and SBOM manifests stand among the images under a platform that is none. */
function isAttestation({ platform }) {
    return platform?.os === 'unknown' && platform.architecture === 'unknown';
}
/** The bytes of an OCI index: the same input gives the same bytes. */
function encodeIndex(manifests, annotations) {
    const index = {
        schemaVersion: 2,
        mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p,
        manifests: manifests.map(_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .nb),
        ...(0,_manifest_js__WEBPACK_IMPORTED_MODULE_2__/* .sortedAnnotations */ .sk)(annotations),
    };
    return Buffer.from(JSON.stringify(index));
}
/**
 * Joins images into one index, in the order of their platforms' names, whatever order they came in.
 * Throws an `Error` when two are for the same platform.
 */
function makeIndex(images, annotations) {
    const byPlatform = new Map();
    for (const image of images) {
        const name = (0,_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .platformName */ .$r)(image.platform);
        if (byPlatform.has(name))
            throw new Error(`two images for ${name}`);
        byPlatform.set(name, image);
    }
    const sorted = [...byPlatform].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image);
    const bytes = encodeIndex(sorted.map(image => image.manifest), annotations);
    return { self: (0,_image_js__WEBPACK_IMPORTED_MODULE_1__/* .bytesBlob */ .XU)(bytes, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p }), images: sorted };
}


/***/ }),

/***/ 5148:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gs: () => (/* binding */ makeImage),
/* harmony export */   OR: () => (/* binding */ blobsOf),
/* harmony export */   XU: () => (/* binding */ bytesBlob)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1260);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9501);
/* harmony import */ var _manifest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4360);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8574);
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);






/** Bytes in memory as a blob; for what is small, as manifests and configs are. */
function bytesBlob(bytes, of) {
    const descriptor = { ...of, digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .digestOf */ .ol)(bytes), size: bytes.length };
    return { ...(0,_descriptor_js__WEBPACK_IMPORTED_MODULE_1__/* .descriptorOf */ .nb)(descriptor), open: () => node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from([bytes], { objectMode: false }) };
}
/** Builds the manifest for a config and its layers. The config's bytes stay as they are, so the image ID stays too. */
function makeImage(of) {
    const config = bytesBlob(of.config, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_CONFIG */ .TF });
    const bytes = (0,_manifest_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeManifest */ .Gb)({
        config,
        layers: of.layers,
        ...(of.annotations && { annotations: of.annotations }),
    });
    const platform = (0,_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .normalizePlatform */ .FL)(of.platform);
    return {
        platform,
        manifest: bytesBlob(bytes, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_MANIFEST */ .EG, platform }),
        config,
        layers: of.layers,
    };
}
/** Every blob of an image but its manifest, each digest once. */
function blobsOf(images) {
    return (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_1__/* .distinct */ .dM)(images.flatMap(image => [image.config, ...image.layers]));
}


/***/ }),

/***/ 4360:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gb: () => (/* binding */ encodeManifest),
/* harmony export */   Ng: () => (/* binding */ parseManifest),
/* harmony export */   sk: () => (/* binding */ sortedAnnotations)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8884);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8574);



function parseManifest(bytes) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJson */ .qF)(bytes, 'the manifest'), 'the manifest');
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asStringMap */ ._T)(it.annotations, 'annotations');
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asOptionalString */ .qM)(it.mediaType, 'mediaType') ?? _media_type_js__WEBPACK_IMPORTED_MODULE_1__/* .OCI_MANIFEST */ .EG,
        config: (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .BA)(it.config, 'config'),
        layers: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asArray */ ._j)(it.layers, 'layers').map((layer, n) => (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .BA)(layer, `layers[${n}]`)),
        ...(annotations && { annotations }),
    };
}
/** The bytes of an OCI manifest: the same input gives the same bytes. */
function encodeManifest(of) {
    const manifest = {
        schemaVersion: 2,
        mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_1__/* .OCI_MANIFEST */ .EG,
        config: (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .nb)(of.config),
        layers: of.layers.map(_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .nb),
        ...sortedAnnotations(of.annotations),
    };
    return Buffer.from(JSON.stringify(manifest));
}
/** `{ annotations }` with sorted keys, or nothing when there are none. */
function sortedAnnotations(annotations) {
    const entries = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) };
}


/***/ }),

/***/ 8574:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $U: () => (/* binding */ isIndexType),
/* harmony export */   $p: () => (/* binding */ OCI_INDEX),
/* harmony export */   EG: () => (/* binding */ OCI_MANIFEST),
/* harmony export */   Mu: () => (/* binding */ DOCKER_INDEX),
/* harmony export */   ON: () => (/* binding */ layerType),
/* harmony export */   Q3: () => (/* binding */ isManifestType),
/* harmony export */   QP: () => (/* binding */ OCI_LAYER),
/* harmony export */   TF: () => (/* binding */ OCI_CONFIG),
/* harmony export */   Vv: () => (/* binding */ DOCKER_MANIFEST)
/* harmony export */ });
/* unused harmony exports OCI_LAYER_GZIP, OCI_LAYER_ZSTD */
/** Media types of the OCI image specification 1.1 and of the Docker formats that stand for the same things. */
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const OCI_LAYER_GZIP = `${OCI_LAYER}+gzip`;
const OCI_LAYER_ZSTD = `${OCI_LAYER}+zstd`;
const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
function isIndexType(mediaType) {
    return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX;
}
function isManifestType(mediaType) {
    return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}
const LAYER_TYPES = {
    none: OCI_LAYER,
    gzip: OCI_LAYER_GZIP,
    zstd: OCI_LAYER_ZSTD,
};
function layerType(encoding) {
    return LAYER_TYPES[encoding];
}


/***/ }),

/***/ 5600:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b3: () => (/* binding */ DigestMismatch),
/* harmony export */   zi: () => (/* binding */ verifier),
/* harmony export */   zr: () => (/* binding */ verified)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9501);


/** Content was not what its descriptor says. */
class DigestMismatch extends Error {
    name = 'DigestMismatch';
}
/** What the streams that `verified` gave are held against. */
const checked = new WeakMap();
/**
 * Opens a blob. The stream fails with `DigestMismatch` before the last bytes when they are not the right ones. A blob
 * whose own `open` verifies it is not verified twice, and fails in its own words.
 *
 * @param explain puts the mismatch, or a failure to read, into other words
 */
function verified(blob, explain = error => error) {
    const source = blob.open();
    const expected = checked.get(source);
    if (expected?.digest === blob.digest && expected.size === blob.size)
        return source;
    const stream = verifier(blob, explain);
    checked.set(stream, { digest: blob.digest, size: blob.size });
    // Before `pipeline`, which would hand on the failure as it is.
    source.once('error', error => stream.destroy(explain(error)));
    return (0,node_stream__WEBPACK_IMPORTED_MODULE_0__.pipeline)(source, stream, () => { });
}
/**
 * Passes bytes through and fails with `DigestMismatch` unless they are exactly what `expected` says. The last chunk is
 * held back until the digest is known, so that a reader that stops at the failure never has the whole of a wrong content.
 */
function verifier(expected, explain = error => error) {
    const hasher = new _digest_js__WEBPACK_IMPORTED_MODULE_1__/* .Hasher */ .OP();
    let size = 0;
    let held;
    const check = () => {
        if (size !== expected.size)
            return new DigestMismatch(`${expected.digest} has ${size} bytes, not ${expected.size}`);
        const actual = hasher.digest();
        return actual === expected.digest ? undefined : new DigestMismatch(`${expected.digest} holds ${actual}`);
    };
    return new node_stream__WEBPACK_IMPORTED_MODULE_0__.Transform({
        transform(chunk, _encoding, done) {
            size += chunk.length;
            if (size > expected.size) {
                return done(explain(new DigestMismatch(`${expected.digest} has more than its ${expected.size} bytes`)));
            }
            hasher.update(chunk);
            const ready = held;
            held = chunk;
            return ready ? done(null, ready) : done();
        },
        flush(done) {
            const failure = check();
            if (failure)
                done(explain(failure));
            else if (held)
                done(null, held);
            else
                done();
        },
    });
}


/***/ }),

/***/ 5324:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $t: () => (/* binding */ placeOf),
/* harmony export */   Fv: () => (/* binding */ registryOf),
/* harmony export */   ZC: () => (/* binding */ nameIn),
/* harmony export */   s0: () => (/* binding */ Census)
/* harmony export */ });
/* harmony import */ var _origin_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9957);

function placeOf({ registry, repository }) {
    return `${(0,_origin_js__WEBPACK_IMPORTED_MODULE_0__/* .canonicalRegistry */ .i7)(registry)}/${repository}`;
}
/** Blobs are mounted only within one registry. */
function registryOf(place) {
    return place.slice(0, place.indexOf('/'));
}
/** The repository's name within its registry. */
function nameIn(place) {
    return place.slice(place.indexOf('/') + 1);
}
/** What is known of what lies where: blobs and manifests, by place. */
class Census {
    #places = new Map();
    #empty = new Set();
    tell(place, digest, isThere) {
        const known = this.#places.get(place) ?? new Map();
        this.#places.set(place, known.set(digest, isThere));
    }
    /** What was not told of a place is not there. */
    tellEmpty(place) {
        this.#empty.add(place);
    }
    /** `undefined` when nobody has looked. */
    has(place, digest) {
        return this.#places.get(place)?.get(digest) ?? (this.#empty.has(place) ? false : undefined);
    }
    /** A place in a registry where a digest lies, the one that was told of first. */
    holder(registry, digest) {
        for (const [place, known] of this.#places)
            if (known.get(digest) && registryOf(place) === registry)
                return place;
        return undefined;
    }
}


/***/ }),

/***/ 1266:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Fj: () => (/* binding */ secretsOf),
/* harmony export */   aR: () => (/* binding */ basicAuthorization),
/* harmony export */   vi: () => (/* binding */ accountName)
/* harmony export */ });
/** Who and from where, for messages: `octocat (from GITHUB_TOKEN)`. */
function accountName(credential) {
    const who = credential.kind === 'basic' ? credential.username : 'an identity token';
    return `${who} (from ${credential.source})`;
}
/** The value of an Authorization header (RFC 7617). */
function basicAuthorization(username, password) {
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
/** Every text that must not be seen. */
function secretsOf(credential) {
    if (credential.kind === 'identity')
        return [credential.token].filter(Boolean);
    const { username, password } = credential;
    return password === '' ? [] : [password, basicAuthorization(username, password).slice('Basic '.length)];
}


/***/ }),

/***/ 4109:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ isCertificateProblem),
/* harmony export */   U: () => (/* binding */ CONNECTION_TROUBLES)
/* harmony export */ });
/* harmony import */ var _explanation_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9496);
/* harmony import */ var _request_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7997);


/** Whether a server's certificate, rather than the lack of TLS, is the trouble. */
function isCertificateProblem(error) {
    return error instanceof _request_error_js__WEBPACK_IMPORTED_MODULE_1__/* .RequestError */ .G && /CERT|UNABLE_TO_|_SIGNATURE$|ISSUER/.test(error.code ?? '');
}
const NAME_FAILURES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
/** OpenSSL's words, as a code or as a message, for an answer that is none of TLS's. */
const NO_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request\b/i;
/** Where there is no answer. The first that matches explains. */
const CONNECTION_TROUBLES = [
    {
        matches: isCertificateProblem,
        says: ({ reference }) => `the certificate of ${reference.registry} is not trusted`,
        hint: () => 'If the registry has a certificate authority of its own, name its file in the variable NODE_EXTRA_CA_CERTS.',
    },
    {
        matches: ({ code = '', message }) => /^(EPROTO|ERR_SSL_)/.test(code) && NO_TLS.test(`${code} ${message}`),
        says: ({ reference }) => `${reference.registry} does not answer with TLS`,
        hint: () => 'If it is a registry with plain HTTP and you trust the network, allow it with --insecure.',
    },
    {
        matches: ({ code = '', message }) => code.startsWith('HPE_') || /HTTP request .*to (an )?HTTPS/i.test(message),
        says: ({ reference }) => `${reference.registry} does not answer with plain HTTP`,
        hint: () => 'If it speaks TLS on this machine, say --insecure: that tries TLS first.',
    },
    {
        matches: ({ code = '' }) => NAME_FAILURES.has(code),
        says: ({ reference }) => `the registry ${reference.registry} was not found`,
        hint: ({ reference }) => `Check the name in ${(0,_explanation_js__WEBPACK_IMPORTED_MODULE_0__/* .nameOf */ .Vb)(reference)}, and that this machine can resolve names.`,
    },
    {
        matches: ({ code }) => code === 'ECONNREFUSED',
        says: ({ reference }) => `nothing answers at ${reference.registry}`,
        hint: () => 'Check the host and port, and that the registry is running.',
    },
    {
        matches: ({ status }) => status === undefined,
        says: ({ reference }) => `the connection to ${reference.registry} failed`,
        hint: () => 'Check the network (a proxy, a firewall) and try again.',
    },
];


/***/ }),

/***/ 7432:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  gl: () => (/* binding */ RegistryError),
  WE: () => (/* binding */ explain),
  vu: () => (/* binding */ isRefusal)
});

// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: ./lib/registry/explanation.js
var explanation = __webpack_require__(9496);
;// CONCATENATED MODULE: ./lib/registry/explain-answer.js


const REFUSED = new Set([401, 403]);
/** Answers that are none that was hoped for. The first that matches explains. */
const ANSWERS = [
    {
        matches: ({ status = 0 }, at) => REFUSED.has(status) && at.access === 'push' && (0,explanation/* onGhcr */.uF)(at) && !!at.credential,
        says: at => `ghcr.io does not let ${(0,explanation/* who */.dp)(at)} write to ${at.reference.repository}`,
        hint: ({ reference, credential }) => [
            'Two things can be missing. (1) The job needs `permissions: packages: write`',
            credential?.source === 'GITHUB_TOKEN' ? '.' : ', or the personal token the scope `write:packages`.',
            ` (2) If ${reference.repository} was first pushed by hand or from another repository, open the package's`,
            ' settings on GitHub and, under "Manage Actions access", add this repository with the Write role.',
            ' In an organisation, its settings must also let members create packages.',
        ].join(''),
    },
    {
        matches: ({ status = 0 }, { credential }) => REFUSED.has(status) && !credential,
        says: at => `${at.reference.registry} does not let anonymous users ${(0,explanation/* deed */.dH)(at)} ${at.reference.repository}`,
        hint: ({ reference }) => `No credentials were found for ${reference.registry}: give a username and a password, or run \`docker login ${reference.registry}\`.`,
    },
    {
        matches: ({ status }) => status === 401,
        says: at => `${at.reference.registry} does not accept the credentials of ${(0,explanation/* who */.dp)(at)}`,
        hint: ({ reference, credential }) => `Check the credentials from ${credential?.source}; they may have expired, or may not be allowed to use ${reference.repository}.`,
    },
    {
        matches: ({ status }) => status === 403,
        says: at => `${at.reference.registry} does not let ${(0,explanation/* who */.dp)(at)} ${(0,explanation/* deed */.dH)(at)} ${at.reference.repository}`,
        hint: ({ reference }) => `Give this account the right to use ${(0,explanation/* nameOf */.Vb)(reference)}, or use another account.`,
    },
    {
        matches: ({ status }) => status === 413,
        says: ({ reference }) => `${reference.registry} does not take anything this large`,
        hint: () => 'Make the layer smaller, or raise the limit of the registry or of the proxy before it (in nginx: client_max_body_size).',
    },
    {
        matches: failure => failure.complains('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN') && failure.method === 'PUT',
        says: ({ reference }) => `${(0,explanation/* nameOf */.Vb)(reference)} lost a part of the image while it was being pushed`,
        hint: () => 'Something else deletes or pushes here at the same time. Let one job push, and run it again.',
    },
    {
        matches: (failure, { sending }) => sending !== undefined &&
            ([405, 406, 415].includes(failure.status ?? 0) ||
                ([400, 404, 422].includes(failure.status ?? 0) &&
                    failure.complains('MANIFEST_INVALID', 'UNSUPPORTED'))),
        says: ({ reference, sending = '' }) => `${reference.registry} does not take ${(0,media_type/* isIndexType */.$U)(sending) ? 'an OCI image index' : 'this OCI image manifest'} (${sending})`,
        hint: () => 'The registry must support the OCI image specification; see whether there is a newer version of it, or a setting. A mirror or cache of another registry takes no pushes.',
    },
    {
        matches: (failure, { access }) => access === 'push' && (failure.status === 405 || failure.complains('UNSUPPORTED')),
        says: ({ reference }) => `${reference.registry} does not take uploads`,
        hint: () => 'A mirror or cache of another registry takes no pushes, nor does one that is set to be read-only: push to the registry itself.',
    },
    {
        matches: ({ status }) => status === 404,
        says: ({ reference }) => `${(0,explanation/* nameOf */.Vb)(reference)} was not found`,
        hint: ({ access }) => access === 'push'
            ? 'Check the name. Some registries want a repository to be created before the first push.'
            : 'Check the name. Some registries also answer so when credentials are missing.',
    },
    {
        matches: ({ status }) => status === 429,
        says: ({ reference }) => `${reference.registry} limits the rate of requests`,
        hint: ({ credential }) => credential
            ? 'Wait a while and try again, with fewer jobs at once.'
            : 'Wait a while and try again, or log in: accounts have higher limits than anonymous users.',
    },
    {
        matches: ({ status = 0 }) => status >= 500,
        says: ({ reference }) => `${reference.registry} has trouble of its own`,
        hint: at => `Try again later${(0,explanation/* onGhcr */.uF)(at) ? '; https://www.githubstatus.com tells about outages' : ''}.`,
    },
    {
        matches: () => true,
        says: ({ reference }) => `${(0,explanation/* nameOf */.Vb)(reference)}: the registry gave an answer that is no use`,
        hint: () => 'Check that the address is that of an OCI registry.',
    },
];

// EXTERNAL MODULE: ./lib/registry/explain-connection.js
var explain_connection = __webpack_require__(4109);
// EXTERNAL MODULE: ./lib/util/proxy-error.js
var proxy_error = __webpack_require__(6343);
;// CONCATENATED MODULE: ./lib/registry/explain-proxy.js

/** A failure that is a proxy's; `undefined` for others. */
function proxyTrouble(failure, registry) {
    if (!(failure.cause instanceof proxy_error/* ProxyError */.T6))
        return undefined;
    const { proxy, status } = failure.cause;
    const { variable } = proxy;
    const without = `If ${registry} is reached without it, name that in NO_PROXY.`;
    if (status === 407 || status === 401) {
        const login = `${variable}=${proxy.url.protocol}//user:password@${proxy.url.host}`;
        return {
            says: `the proxy of ${variable} wants to know who asks`,
            hint: `Give a user and a password that it knows, as ${login}. ${without}`,
        };
    }
    if (status !== undefined) {
        return {
            says: `the proxy of ${variable} does not lead to ${registry}`,
            hint: `Ask whoever runs it to let ${registry} pass, and where that keeps blobs. ${without}`,
        };
    }
    return {
        says: `the proxy of ${variable} gives no connection to ${registry}`,
        hint: `Check the address in ${variable}. ${without}`,
    };
}

// EXTERNAL MODULE: ./lib/registry/request-error.js
var request_error = __webpack_require__(7997);
;// CONCATENATED MODULE: ./lib/registry/explain.js





const EXPLANATIONS = [...explain_connection/* CONNECTION_TROUBLES */.U, ...ANSWERS];
/** A request's failure in the user's terms; `failure` has the status and the registry's own error codes. */
class RegistryError extends error/* UserError */.yo {
    name = 'RegistryError';
    failure;
    constructor(failure, says, hint) {
        super(`${says}: ${failure.message}`, { hint, cause: failure });
        this.failure = failure;
    }
}
/** Whether a registry would not do something for whoever asked, rather than not being able to. */
function isRefusal(error) {
    return error instanceof RegistryError && REFUSED.has(error.failure.status ?? 0);
}
/** Turns a `RequestError` into a `RegistryError`; every other error stays as it is. */
function explain(error, at) {
    if (!(error instanceof request_error/* RequestError */.G))
        return error;
    const proxy = proxyTrouble(error, at.reference.registry);
    if (proxy)
        return new RegistryError(error, proxy.says, proxy.hint);
    const found = EXPLANATIONS.find(each => each.matches(error, at));
    return found ? new RegistryError(error, found.says(at, error), found.hint(at)) : error;
}


/***/ }),

/***/ 9496:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Vb: () => (/* binding */ nameOf),
/* harmony export */   dH: () => (/* binding */ deed),
/* harmony export */   dp: () => (/* binding */ who),
/* harmony export */   uF: () => (/* binding */ onGhcr)
/* harmony export */ });
/* harmony import */ var _credential_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1266);
/* harmony import */ var _origin_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9957);


const nameOf = ({ registry, repository }) => `${registry}/${repository}`;
const deed = ({ access }) => (access === 'push' ? 'write to' : 'read');
const onGhcr = ({ reference }) => (0,_origin_js__WEBPACK_IMPORTED_MODULE_0__/* .canonicalRegistry */ .i7)(reference.registry) === 'ghcr.io';
const who = ({ credential }) => credential ? (0,_credential_js__WEBPACK_IMPORTED_MODULE_1__/* .accountName */ .vi)(credential) : 'anonymous users';


/***/ }),

/***/ 9957:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   NH: () => (/* binding */ registryUrl),
/* harmony export */   Nm: () => (/* binding */ sameOrigin),
/* harmony export */   U9: () => (/* binding */ isLoopback),
/* harmony export */   i7: () => (/* binding */ canonicalRegistry),
/* harmony export */   pc: () => (/* binding */ redacted)
/* harmony export */ });
/** Whether a URL's host is this machine: `localhost`, 127/8 or `::1`. */
function isLoopback(url) {
    return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}
function sameOrigin(a, b) {
    return a.origin === b.origin;
}
/** The address without what may hold secrets: user, password, the query's content and the fragment. */
function redacted(url) {
    return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
/** Docker Hub's names for itself, as found in references and in credential files, to the one in references. */
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
/** One name for each registry: `index.docker.io` is `docker.io`. */
function canonicalRegistry(registry) {
    const name = registry.toLowerCase();
    return DOCKER_HUB.has(name) ? 'docker.io' : name;
}
/** Where a registry's API answers: `https://ghcr.io/`, and Docker Hub's under its other name. */
function registryUrl(registry, protocol) {
    const name = canonicalRegistry(registry);
    return new URL(`${protocol}//${name === 'docker.io' ? 'registry-1.docker.io' : name}/`);
}


/***/ }),

/***/ 5182:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  L: () => (/* binding */ Repository)
});

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/oci/digest.js
var oci_digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/reference.js
var reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/oci/verify.js
var verify = __webpack_require__(5600);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/registry/explain.js + 2 modules
var explain = __webpack_require__(7432);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/util/units.js
var units = __webpack_require__(8223);
// EXTERNAL MODULE: ./lib/registry/response.js
var registry_response = __webpack_require__(1252);
;// CONCATENATED MODULE: ./lib/registry/manifest-answer.js





/** The types of manifest that we can read. */
const MANIFEST_TYPES = [media_type/* OCI_INDEX */.$p, media_type/* OCI_MANIFEST */.EG, media_type/* DOCKER_INDEX */.Mu, media_type/* DOCKER_MANIFEST */.Vv];
/** In bytes; what registries take at most, and far more than a manifest has. */
const MANIFEST_LIMIT = 4 * units/* MIB */.D;
/**
 * Reads an answer with a manifest; `undefined` for a 404. Its digest is that of its bytes, and must be the one that was
 * asked for, or that the registry names.
 */
async function manifestAnswer(response, name) {
    if (response.status === 404) {
        await (0,registry_response/* discard */.vf)(response);
        return undefined;
    }
    const bytes = await (0,registry_response/* readBytes */.io)(response, MANIFEST_LIMIT);
    expectDigest(response, bytes, (0,oci_digest/* isDigest */.Bc)(name) ? name : (0,registry_response/* header */.wx)(response, 'docker-content-digest'));
    return {
        descriptor: { mediaType: mediaTypeOf(response, bytes), digest: (0,oci_digest/* digestOf */.ol)(bytes), size: bytes.length },
        bytes,
    };
}
/** What a HEAD tells of a manifest: nothing where it is not there, 'unclear' where only its bytes can tell. */
async function manifestHead(response, name) {
    await (0,registry_response/* discard */.vf)(response);
    if (response.status !== 200)
        return undefined;
    const digest = (0,registry_response/* header */.wx)(response, 'docker-content-digest');
    const mediaType = typeOf(response);
    const size = (0,registry_response/* header */.wx)(response, 'content-length') ?? '';
    if (!(0,oci_digest/* isDigest */.Bc)(digest) || ((0,oci_digest/* isDigest */.Bc)(name) && digest !== name))
        return 'unclear';
    if (!MANIFEST_TYPES.includes(mediaType) || !/^[1-9]\d*$/.test(size))
        return 'unclear';
    return { mediaType, digest, size: Number(size) };
}
/** Throws a `RequestError` unless the bytes are what was expected; no digest, or one of another kind, expects nothing. */
function expectDigest(response, bytes, expected) {
    const digest = (0,oci_digest/* digestOf */.ol)(bytes);
    if ((0,oci_digest/* isDigest */.Bc)(expected) && expected !== digest)
        throw (0,registry_response/* failed */.gz)(response, `the content is ${digest}, not ${expected}`);
}
/** The header's type where it names a manifest, else what the manifest says of itself. */
function mediaTypeOf(response, bytes) {
    const type = typeOf(response);
    if (MANIFEST_TYPES.includes(type))
        return type;
    try {
        return (0,json/* asOptionalString */.qM)((0,json/* asObject */.eB)((0,json/* parseJson */.qF)(bytes, 'it'), 'it').mediaType, 'mediaType') ?? type;
    }
    catch {
        return type;
    }
}
function typeOf(response) {
    return ((0,registry_response/* header */.wx)(response, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

// EXTERNAL MODULE: ./lib/util/url.js
var util_url = __webpack_require__(7237);
;// CONCATENATED MODULE: ./lib/registry/upload-session.js


const OCTETS = { 'content-type': 'application/octet-stream' };
/** Asks where to send a blob. */
function openSession(send) {
    const call = {
        method: 'POST',
        target: 'blobs/uploads/',
        access: 'push',
        expect: [200, 202, 204],
        once: true,
    };
    return send(call, async (response) => {
        const least = Number((0,registry_response/* header */.wx)(response, 'oci-chunk-min-length') ?? 0);
        return { url: await sessionOf(response), leastPiece: Number.isSafeInteger(least) ? least : 0 };
    });
}
/**
 * The session's address, relative or whole. Behind a proxy that ends TLS, a registry may think itself plain HTTP.
 *
 * @param known where it was until now, for an answer that does not say it anew
 */
async function sessionOf(response, known) {
    await (0,registry_response/* discard */.vf)(response);
    const { url } = response.request;
    const location = (0,registry_response/* header */.wx)(response, 'location');
    const session = location === undefined ? known && new URL(known) : (0,util_url/* urlFrom */.s)(location, url);
    if (session === undefined)
        throw (0,registry_response/* failed */.gz)(response, 'the answer says not where to upload');
    if (session.host === url.host)
        session.protocol = url.protocol;
    return session;
}
/** The query stays as the registry wrote it, since it may be signed. */
function withDigest(session, digest) {
    const url = new URL(session);
    url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
    return url;
}

;// CONCATENATED MODULE: ./lib/registry/mount.js


/**
 * Asks a registry to take a blob over from another of its repositories (OCI distribution-spec, "Mounting a blob from another
 * repository"). Throws `RequestError` where it would not.
 */
function mount(send, digest, from) {
    const target = `blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`;
    const call = { method: 'POST', target, access: 'push', from, expect: [201, 202], once: true };
    return send(call, async (response) => {
        if (response.status === 202)
            return sessionOf(response);
        await (0,registry_response/* discard */.vf)(response);
        return 'mounted';
    });
}

// EXTERNAL MODULE: ./lib/registry/request-error.js
var request_error = __webpack_require__(7997);
// EXTERNAL MODULE: ./lib/registry/origin.js
var origin = __webpack_require__(9957);
;// CONCATENATED MODULE: ./lib/registry/tag-page.js





const LIMIT = 8 * units/* MIB */.D;
/** Reads an answer with tags; a repository that is not there has none. */
async function tagPage(response) {
    if (response.status === 404) {
        await (0,registry_response/* discard */.vf)(response);
        return { tags: [], next: undefined };
    }
    const bytes = await (0,registry_response/* readBytes */.io)(response, LIMIT);
    try {
        const { tags } = (0,json/* asObject */.eB)((0,json/* parseJson */.qF)(bytes, 'the list of tags'), 'the list of tags');
        const names = (0,json/* asStrings */.P7)(tags ?? [], 'tags');
        return { tags: names, next: nextPage(response) };
    }
    catch (error) {
        throw (0,registry_response/* failed */.gz)(response, error.message);
    }
}
/** RFC 8288, `Link: <…>; rel="next"`; a page elsewhere than in the registry is none. */
function nextPage(response) {
    const { url } = response.request;
    const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b/i.exec((0,registry_response/* header */.wx)(response, 'link') ?? '')?.[1];
    const next = link === undefined ? undefined : (0,util_url/* urlFrom */.s)(link, url);
    if (next === undefined)
        return undefined;
    if (next.host === url.host)
        next.protocol = url.protocol;
    return (0,origin/* sameOrigin */.Nm)(next, url) && next.href !== url.href ? next : undefined;
}

// EXTERNAL MODULE: ./lib/registry/upload-habits.js
var upload_habits = __webpack_require__(2864);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
;// CONCATENATED MODULE: ./lib/registry/piece-reader.js


/** Reads a blob piece after piece in one go; only a piece that is wanted once more makes it begin again. */
class PieceReader {
    #blob;
    #cursor;
    constructor(blob) {
        this.#blob = blob;
    }
    /** The bytes from `from` on. The last ones fail with `DigestMismatch` where the whole is not what it should be. */
    open(from, size) {
        return external_node_stream_.Readable.from(this.#read(from, size), { objectMode: false });
    }
    close() {
        this.#cursor?.close();
    }
    async *#read(from, size) {
        const cursor = this.#take(from);
        let left = size;
        try {
            await cursor.skipTo(from);
            while (left > 0) {
                const chunk = await cursor.next(left);
                if (!chunk)
                    return;
                left -= chunk.length;
                yield chunk;
            }
        }
        finally {
            if (left > 0)
                cursor.close();
            else
                this.#cursor = cursor;
        }
    }
    /** For one reader at a time. */
    #take(from) {
        const known = this.#cursor;
        this.#cursor = undefined;
        if (known?.at === from)
            return known;
        known?.close();
        return new Cursor((0,verify/* verified */.zr)(this.#blob));
    }
}
/** A place in a stream. */
class Cursor {
    #stream;
    #chunks;
    #rest;
    #at = 0;
    constructor(stream) {
        this.#stream = stream;
        this.#chunks = stream[Symbol.asyncIterator]();
    }
    get at() {
        return this.#at;
    }
    /** Some bytes, `most` at most; none at the end. */
    async next(most) {
        const chunk = this.#rest ?? (await this.#pull());
        if (!chunk)
            return undefined;
        const given = chunk.subarray(0, most);
        this.#rest = given.length < chunk.length ? chunk.subarray(given.length) : undefined;
        this.#at += given.length;
        return given;
    }
    async skipTo(place) {
        while (this.#at < place && (await this.next(place - this.#at)))
            ;
    }
    close() {
        this.#stream.destroy();
    }
    async #pull() {
        const { done, value } = await this.#chunks.next();
        return done ? undefined : value;
    }
}

;// CONCATENATED MODULE: ./lib/registry/upload-pieces.js



/** A registry that takes crumbs would need requests without end. */
const MOST_SHORT = 2;
/**
 * One try to bring a blob in by PATCH after PATCH, in pieces of so many bytes, and an empty PUT (OCI distribution-spec, "Pushing a
 * blob in chunks"). A registry that wants larger ones gets them.
 */
async function uploadPieces(send, blob, piece, onSent) {
    const session = await openSession(send);
    const most = Math.max(piece, session.leastPiece);
    const reader = new PieceReader(blob);
    try {
        let stand = { url: session.url, at: 0, short: 0 };
        while (stand.at < blob.size) {
            const { url, at } = stand;
            const size = Math.min(most, blob.size - at);
            const body = { size, open: () => reader.open(at, size), onSent };
            const range = `${at}-${at + size - 1}`;
            stand = await send(patch(url, body, range), answer => standOf(answer, stand, size, session));
        }
        await send(finish(stand.url, blob), registry_response/* discard */.vf);
    }
    finally {
        reader.close();
    }
}
function patch(target, body, range) {
    const headers = { ...OCTETS, 'content-range': range };
    return { method: 'PATCH', target, access: 'push', headers, body, expect: [200, 201, 202, 204], once: true };
}
function finish(url, { digest }) {
    return {
        method: 'PUT',
        target: withDigest(url, digest),
        access: 'push',
        headers: OCTETS,
        expect: [200, 201, 202, 204],
        once: true,
    };
}
/** A registry may have taken less than it was sent. One that tells nothing has taken all. */
async function standOf(response, before, size, { leastPiece }) {
    const { at } = before;
    const url = await sessionOf(response, response.request.url);
    const [, last] = /^(?:bytes=)?0-(\d+)$/.exec((0,registry_response/* header */.wx)(response, 'range')?.trim() ?? '') ?? [];
    const next = last === undefined ? at + size : Number(last) + 1;
    const taken = next - at;
    if (taken === size)
        return { url, at: next, short: 0 };
    const goesOn = taken > 0 && taken >= leastPiece && taken < size && before.short < MOST_SHORT;
    if (goesOn)
        return { url, at: next, short: before.short + 1 };
    throw (0,registry_response/* failed */.gz)(response, `after bytes ${at}-${at + size - 1} it says to hold ${next}`);
}

;// CONCATENATED MODULE: ./lib/registry/upload.js





/**
 * One try to bring a blob in (OCI distribution-spec, "Pushing blobs"): POST and then the whole of it in one PUT, or in pieces where
 * the registry takes no whole one. A new try must begin here again: the old upload session may be spoilt.
 *
 * @param habits what is known of the registry; learns
 */
async function upload(send, blob, options, habits = new upload_habits/* UploadHabits */.TQ()) {
    const told = new Told(options.onSent);
    let refusal;
    if (habits.takesWhole(blob.size)) {
        try {
            return await uploadWhole(send, blob, options.session, told);
        }
        catch (error) {
            if (!(0,upload_habits/* wantsPieces */.V1)(error) || (0,upload_habits/* isHopeless */.cs)(error, blob.size))
                throw error;
            refusal = error;
        }
    }
    await inPieces(send, blob, habits, told).catch(error => {
        // The first refusal says what is in the way; the second, that there is no way round.
        if (refusal && (0,upload_habits/* wantsPieces */.V1)(error))
            throw refusal;
        if (refusal)
            habits.learn(refusal);
        throw error;
    });
    if (refusal)
        habits.learn(refusal);
}
/** A session that was given may be gone meanwhile, which says nothing of what the registry takes. */
async function uploadWhole(send, blob, given, told) {
    if (given) {
        try {
            return await putWhole(send, blob, given, told.add);
        }
        catch (error) {
            if (!(0,upload_habits/* isLost */.JD)(error))
                throw error;
            told.clear();
        }
    }
    await putWhole(send, blob, (await openSession(send)).url, told.add);
}
async function putWhole(send, blob, session, onSent) {
    await send({
        method: 'PUT',
        target: withDigest(session, blob.digest),
        access: 'push',
        headers: OCTETS,
        body: { size: blob.size, open: () => (0,verify/* verified */.zr)(blob), onSent },
        expect: [200, 201, 202, 204],
        once: true,
    }, registry_response/* discard */.vf);
}
/** With smaller pieces, and from the start, while they are too large. */
async function inPieces(send, blob, habits, told) {
    for (;;) {
        const { piece } = habits;
        told.clear();
        try {
            return await uploadPieces(send, blob, piece, told.add);
        }
        catch (error) {
            if (!(0,upload_habits/* isTooLarge */.I9)(error) || !habits.shrink(piece))
                throw error;
        }
    }
}
/** What was told as sent and may have to be taken back. */
class Told {
    #tell;
    #sent = 0;
    constructor(tell = () => { }) {
        this.#tell = tell;
    }
    add = (bytes) => {
        this.#sent += bytes;
        this.#tell(bytes);
    };
    clear() {
        if (this.#sent !== 0)
            this.add(-this.#sent);
    }
}

;// CONCATENATED MODULE: ./lib/registry/repository.js












const MOST_PAGES = 10_000;
const MOUNT_ATTEMPTS = 3;
/**
 * One repository of a registry (OCI distribution-spec 1.1). Its methods throw a `RegistryError` that says what to do
 * when the registry cannot be reached or refuses, and the signal's reason after an abort.
 */
class Repository {
    client;
    reference;
    #of;
    constructor(client, reference, options = {}) {
        this.client = client;
        this.reference = reference;
        this.#of = options;
    }
    /** `ghcr.io/owner/name` */
    get name() {
        const { registry, repository } = this.reference;
        return (0,reference/* referenceName */.z$)({ registry, repository });
    }
    /** The same repository with other options. */
    with(options) {
        return new Repository(this.client, this.reference, { ...this.#of, ...options });
    }
    hasBlob(digest) {
        return this.#exists(`blobs/${digest}`);
    }
    /** @param name a tag or a digest */
    hasManifest(name) {
        return this.#exists(`manifests/${name}`);
    }
    /** Brings a blob in unless it is there. Wrong content is never completed: it ends in a `UserError`. */
    async pushBlob(blob, options = {}) {
        let sent = 0;
        const count = (bytes) => {
            sent += bytes;
            if (bytes !== 0)
                options.onSent?.(bytes);
        };
        const once = async (attempt) => {
            const isThere = (attempt > 1 || !options.absent) && (await this.#peek(`blobs/${blob.digest}`));
            if (isThere)
                return sent > 0 ? 'uploaded' : 'existed';
            count(-sent);
            const session = attempt === 1 ? options.session : undefined;
            await upload(this.#send, blob, { session, onSent: count }, this.client.habits(this.reference));
            return 'uploaded';
        };
        const how = await this.#explained('push', () => this.#untilDone(isUploadTransient, once));
        count(blob.size - sent);
        return { descriptor: (0,descriptor/* descriptorOf */.nb)(blob), how };
    }
    /**
     * Asks the registry to take a blob over from another of its repositories. That saves work and is nothing that must be, so
     * whatever stands against it is 'refused'.
     */
    async mountBlob(digest, from) {
        const { retry } = this.client;
        const few = { ...retry, attempts: Math.min(retry.attempts, MOUNT_ATTEMPTS) };
        try {
            return await this.retrying(() => mount(this.#send, digest, from), few);
        }
        catch (error) {
            if (error instanceof request_error/* RequestError */.G)
                return 'refused';
            throw error;
        }
    }
    /**
     * Opens a blob. The stream fails with `DigestMismatch` before its last bytes when they are not what `of` says, and
     * with a `RegistryError` when the connection breaks.
     */
    async getBlob(of) {
        return this.#explained(this.#reading, () => this.#send(this.#get(`blobs/${of.digest}`), async (response) => {
            const explained = (error) => this.#explain(this.#reading, error);
            return through(response, of, explained);
        }));
    }
    /** A small blob as a whole, such as a config. Throws a `RegistryError` for wrong content. */
    getBytes(of) {
        return this.#explained(this.#reading, () => this.#send(this.#get(`blobs/${of.digest}`), async (response) => {
            const bytes = await (0,registry_response/* readBytes */.io)(response, Math.min(of.size, MANIFEST_LIMIT));
            expectDigest(response, bytes, of.digest);
            return bytes;
        }));
    }
    /** As `getManifest`, without its bytes where the registry tells digest and size in a HEAD. */
    async headManifest(name) {
        const call = this.#head(`manifests/${name}`);
        const told = await this.#explained(this.#reading, () => this.#send(call, answer => manifestHead(answer, name)));
        if (told !== 'unclear')
            return told;
        return (await this.#ask(name))?.descriptor;
    }
    /**
     * What was read in this run is not asked for again by its digest.
     *
     * @param name a tag or a digest; `undefined` when the registry has none of that name
     */
    async getManifest(name) {
        const known = (0,oci_digest/* isDigest */.Bc)(name) ? this.client.seen.find(this.reference, name) : undefined;
        return known ?? this.#ask(name);
    }
    /** Whether this run has read a manifest here. */
    hasSeen(digest) {
        return this.client.seen.find(this.reference, digest) !== undefined;
    }
    /**
     * As `getManifest`, but tells a name that the repository has not from a repository that is not there at all, where the
     * registry does.
     */
    findManifest(name) {
        return this.#explained(this.#reading, async () => {
            try {
                const read = (response) => this.#read(response, name);
                return (await this.#send(this.#get(`manifests/${name}`), read)) ?? 'no manifest';
            }
            catch (error) {
                if (!(error instanceof request_error/* RequestError */.G) || error.status !== 404)
                    throw error;
                return error.complains('NAME_UNKNOWN') ? 'no repository' : 'no manifest';
            }
        });
    }
    /**
     * Puts a manifest or an index under a tag or its own digest, and holds the registry's digest against ours.
     *
     * @param mend called once, when the registry misses something that the manifest names, and before it is put again
     */
    async putManifest(blob, name, mend) {
        const call = {
            method: 'PUT',
            target: `manifests/${name}`,
            access: 'push',
            headers: { 'content-type': blob.mediaType },
            body: { size: blob.size, open: () => (0,verify/* verified */.zr)(blob) },
            expect: [200, 201, 202, 204],
            once: true,
        };
        const put = () => this.#send(call, response => expectStored(response, blob.digest));
        let mended = false;
        const once = async () => {
            try {
                await put();
            }
            catch (error) {
                if (mended || !mend || !misses(error))
                    throw error;
                mended = true;
                await mend();
                await put();
            }
        };
        await this.#explained('push', () => this.#untilDone(isManifestTransient, once), blob.mediaType);
    }
    /** Every tag, in the registry's order; none for a repository that is not there. */
    tags() {
        return this.#explained(this.#reading, async () => {
            const tags = [];
            let target = 'tags/list?n=1000';
            for (let page = 0; target !== undefined && page < MOST_PAGES; page++) {
                const call = { ...this.#get(target), expect: [200, 404] };
                const found = await this.#send(call, tagPage);
                tags.push(...found.tags);
                target = found.next;
            }
            return tags;
        });
    }
    /** Runs a task again as `retry` has it, until the signal's abort. */
    retrying(task, retry) {
        return this.client.retrying(task, this.#of.signal, retry);
    }
    #ask(name) {
        const call = { ...this.#get(`manifests/${name}`), expect: [200, 404] };
        return this.#explained(call.access, () => this.#send(call, response => this.#read(response, name)));
    }
    async #read(response, name) {
        const found = await manifestAnswer(response, name);
        if (found)
            this.client.seen.add(this.reference, found);
        return found;
    }
    get #reading() {
        return this.#of.access ?? 'pull';
    }
    #get(target) {
        const accept = typeof target === 'string' && target.startsWith('manifests/')
            ? { accept: MANIFEST_TYPES.join(', ') }
            : {};
        return { method: 'GET', target, access: this.#reading, headers: accept, expect: [200] };
    }
    #exists(target) {
        return this.#explained(this.#reading, () => this.#untilDone(undefined, () => this.#peek(target)));
    }
    /**
     * One HEAD. On the way to a push a refusal counts as "not there": a HEAD's answer has no body, and the request that
     * follows will be refused in words.
     */
    async #peek(target) {
        const expect = this.#reading === 'push' ? [200, 401, 403, 404] : [200, 404];
        return this.#send({ ...this.#head(target), expect, once: true }, async (response) => {
            await (0,registry_response/* discard */.vf)(response);
            return response.status === 200;
        });
    }
    #head(target) {
        return { ...this.#get(target), method: 'HEAD', expect: [200, 404] };
    }
    #send = (call, read) => {
        const { signal, meter } = this.#of;
        return this.client.call(this.reference, { ...call, signal, ...(meter && { meter }) }, read);
    };
    #untilDone(isTransient, task) {
        const { retry } = this.client;
        const either = (failure) => retry.isTransient(failure) || isTransient?.(failure) === true;
        return this.retrying(task, { ...retry, isTransient: either });
    }
    async #explained(access, task, sending) {
        try {
            return await task();
        }
        catch (error) {
            throw await this.#explain(access, error, sending);
        }
    }
    async #explain(access, error, sending) {
        if (error instanceof verify/* DigestMismatch */.b3)
            return spoilt(error);
        if (!(error instanceof request_error/* RequestError */.G))
            return error;
        const credential = await this.client.credential(this.reference);
        return (0,explain/* explain */.WE)(error, { reference: this.reference, access, credential, sending });
    }
}
/** Some registries lose sight of an upload session; a new one does. */
function isUploadTransient(failure) {
    return failure instanceof request_error/* RequestError */.G && failure.complains('BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID');
}
/** What was just pushed may not be seen everywhere in the registry at once. */
function isManifestTransient(failure) {
    return (failure instanceof request_error/* RequestError */.G &&
        failure.complains('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'));
}
/** Whether a manifest may have been refused because of something that it names. Not every registry says so in the right words. */
function misses(failure) {
    if (isManifestTransient(failure))
        return true;
    if (!(failure instanceof request_error/* RequestError */.G) || ![400, 404].includes(failure.status ?? 0))
        return false;
    return failure.complaints.length === 0 || failure.complains('MANIFEST_INVALID', 'BLOB_UPLOAD_UNKNOWN');
}
async function expectStored(response, digest) {
    await (0,registry_response/* discard */.vf)(response);
    const stored = (0,registry_response/* header */.wx)(response, 'docker-content-digest');
    if ((0,oci_digest/* isDigest */.Bc)(stored) && stored !== digest)
        throw (0,registry_response/* failed */.gz)(response, `it was stored as ${stored}, not as ${digest}`);
}
function spoilt(error) {
    return new util_error/* UserError */.yo(`what was to be pushed is not what it should be: ${error.message}`, {
        hint: 'The file was changed or cut off after it was made. Build it again.',
        cause: error,
    });
}
/** Not `pipeline`, which would tell the reader of a broken connection in Node.js's words. */
function through(response, of, explained) {
    const stream = (0,verify/* verifier */.zi)(of);
    response.body.once('error', async (error) => {
        stream.destroy((await explained((0,request_error/* connectionFailure */.D)(response.request, error))));
    });
    stream.once('close', () => response.body.destroy());
    return response.body.pipe(stream);
}


/***/ }),

/***/ 7997:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ connectionFailure),
/* harmony export */   G: () => (/* binding */ RequestError)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7067);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _origin_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9957);



/** A request that was not answered, or not as hoped. The message holds no secret: queries are left out. */
class RequestError extends Error {
    name = 'RequestError';
    method;
    /** Without its query. */
    url;
    status;
    code;
    complaints;
    retryAfter;
    /** Nothing needs to be waited for, since only a connection was too old. */
    atOnce;
    constructor(of) {
        super(describe(of), of.cause === undefined ? undefined : { cause: of.cause });
        this.method = of.method;
        this.url = (0,_origin_js__WEBPACK_IMPORTED_MODULE_2__/* .redacted */ .pc)(of.url);
        this.status = of.status;
        this.code = of.code;
        this.complaints = of.complaints ?? [];
        this.retryAfter = of.retryAfter;
        this.atOnce = of.atOnce ?? false;
    }
    /** Whether the registry gave one of these error codes. */
    complains(...codes) {
        return this.complaints.some(complaint => codes.includes(complaint.code));
    }
}
function describe(of) {
    const status = of.status === undefined ? undefined : `${of.status} ${node_http__WEBPACK_IMPORTED_MODULE_0__.STATUS_CODES[of.status] ?? ''}`.trim();
    const said = (of.complaints ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': '));
    const parts = [status, [...new Set(said)].join('; '), of.reason].filter(Boolean);
    return printable(`${of.method} ${(0,_origin_js__WEBPACK_IMPORTED_MODULE_2__/* .redacted */ .pc)(of.url)}: ${parts.join(': ')}`);
}
/** One line without control characters: what a server says must not steer a terminal or a log. */
function printable(text) {
    return text
        .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
        .replace(/\s+/g, ' ')
        .trim();
}
/**
 * What to throw for a connection that failed: the signal's reason after an abort, a `RequestError` as it is, and
 * any other error as a `RequestError`.
 */
function connectionFailure(request, error, atOnce = false) {
    if (request.signal?.aborted)
        return request.signal.reason;
    if (error instanceof RequestError)
        return error;
    const { method, url } = request;
    return new RequestError({ method, url, code: (0,_util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .codeOf */ .$N)(error), reason: wordsOf(error), atOnce, cause: error });
}
/** Node.js tries every address of a host and joins the failures in an `AggregateError` without words of its own. */
function wordsOf(error) {
    const { errors } = Object(error);
    return Array.isArray(errors) ? errors.map(_util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD).join(', ') : (0,_util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(error);
}


/***/ }),

/***/ 1252:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   gz: () => (/* binding */ failed),
/* harmony export */   io: () => (/* binding */ readBytes),
/* harmony export */   vf: () => (/* binding */ discard),
/* harmony export */   wx: () => (/* binding */ header),
/* harmony export */   x5: () => (/* binding */ refusal)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8884);
/* harmony import */ var _util_retry_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9294);
/* harmony import */ var _request_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7997);



/** In bytes. What is longer costs more than another connection. */
const MOST_DISCARDED = 64 * 1024;
/** Drops an answer's body and waits until its connection is free again; where a long one follows, that goes too. */
async function discard({ request, headers, body }) {
    const size = request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0);
    if (size > MOST_DISCARDED)
        body.destroy();
    if (body.readableEnded || body.destroyed)
        return;
    let seen = 0;
    body.on('data', (chunk) => {
        seen += chunk.length;
        if (seen > MOST_DISCARDED)
            body.destroy();
    });
    await new Promise(resolve => body.once('end', resolve).once('close', resolve).resume());
}
/** The whole body. Throws `RequestError` when the connection breaks or the body has more than `max` bytes. */
async function readBytes(response, max) {
    const chunks = [];
    let size = 0;
    try {
        for await (const chunk of response.body) {
            chunks.push(chunk);
            size += chunk.length;
            if (size > max)
                throw failed(response, `the answer has more than ${max} bytes`);
        }
    }
    catch (error) {
        throw (0,_request_error_js__WEBPACK_IMPORTED_MODULE_0__/* .connectionFailure */ .D)(response.request, error);
    }
    return Buffer.concat(chunks);
}
/** A `RequestError` for an answer that is wrong although its status is not. */
function failed(response, reason) {
    const { method, url } = response.request;
    return new _request_error_js__WEBPACK_IMPORTED_MODULE_0__/* .RequestError */ .G({ method, url, status: response.status, reason });
}
/** One header as text, where it is there. */
function header(response, name) {
    const value = response.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
}
const ERROR_BODY = 64 * 1024;
/** Reads what the server has to say for a status that was not hoped for. */
async function refusal(response, now) {
    const { method, url } = response.request;
    const text = await readBytes(response, ERROR_BODY).then(String, () => '');
    response.body.destroy();
    const complaints = complaintsIn(text);
    return new _request_error_js__WEBPACK_IMPORTED_MODULE_0__/* .RequestError */ .G({
        method,
        url,
        status: response.status,
        complaints,
        reason: complaints.length > 0 ? undefined : plainWords(text),
        retryAfter: (0,_util_retry_js__WEBPACK_IMPORTED_MODULE_1__/* .retryAfter */ .P)(header(response, 'retry-after'), now),
    });
}
/** `errors` of the distribution-spec, or the `details` and `message` that token servers give instead. */
function complaintsIn(text) {
    try {
        const body = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)(JSON.parse(text), 'the answer');
        if (body.errors === undefined)
            return [complaint(body)].filter(({ message }) => message !== '');
        return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asArray */ ._j)(body.errors, 'errors').map(each => complaint((0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)(each, 'an error')));
    }
    catch {
        return [];
    }
}
function complaint(of) {
    const [code, message] = [of.code ?? of.error, of.message ?? of.error_description ?? of.details];
    return {
        code: typeof code === 'string' ? code.slice(0, 100) : '',
        message: typeof message === 'string' ? message.slice(0, 500) : '',
    };
}
/** The start of a plain text, or what a page of markup says about itself. */
function plainWords(text) {
    const markup = /<(title|message)>([^<]*)</i.exec(text);
    if (markup)
        return (markup[2] ?? '').slice(0, 200);
    return /^\s*[<{]/.test(text) ? '' : text.slice(0, 200);
}


/***/ }),

/***/ 2864:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I9: () => (/* binding */ isTooLarge),
/* harmony export */   JD: () => (/* binding */ isLost),
/* harmony export */   TQ: () => (/* binding */ UploadHabits),
/* harmony export */   V1: () => (/* binding */ wantsPieces),
/* harmony export */   cs: () => (/* binding */ isHopeless)
/* harmony export */ });
/* harmony import */ var _util_units_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8223);
/* harmony import */ var _request_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7997);


const FIRST_PIECE = 16 * _util_units_js__WEBPACK_IMPORTED_MODULE_1__/* .MIB */ .D;
const LEAST_PIECE = _util_units_js__WEBPACK_IMPORTED_MODULE_1__/* .MIB */ .D;
/** What a registry, or a proxy before it, has shown of how it wants uploads. */
class UploadHabits {
    #whole = 'any';
    #piece = FIRST_PIECE;
    /** Of a piece, in bytes. */
    get piece() {
        return this.#piece;
    }
    /** Whether a blob may go in one request. */
    takesWhole(size) {
        return this.#whole === 'any' || (this.#whole === 'small' && size <= this.#piece);
    }
    /** Remembers that pieces were taken where the whole was refused. */
    learn(refusal) {
        if (this.#whole !== 'none')
            this.#whole = refusal.status === 413 ? 'small' : 'none';
    }
    /** Makes pieces smaller than those that were refused; says whether that is worth a try. */
    shrink(refused) {
        if (refused <= LEAST_PIECE)
            return false;
        this.#piece = Math.max(LEAST_PIECE, Math.min(this.#piece, refused / 2));
        return true;
    }
}
const NO_WHOLE = new Set([405, 411, 413, 416, 501]);
/** Whether there is no piece smaller than a blob that was too large. */
function isHopeless({ status }, size) {
    return status === 413 && size <= LEAST_PIECE;
}
/** Whether an upload was refused in this way, and may be taken in another. */
function wantsPieces(error) {
    if (!(error instanceof _request_error_js__WEBPACK_IMPORTED_MODULE_0__/* .RequestError */ .G) || error.status === undefined)
        return false;
    const hasNoSuchWay = error.status === 404 && error.complaints.length === 0;
    return NO_WHOLE.has(error.status) || hasNoSuchWay || error.complains('UNSUPPORTED');
}
/** Whether an upload session is not there any more. */
function isLost(error) {
    return error instanceof _request_error_js__WEBPACK_IMPORTED_MODULE_0__/* .RequestError */ .G && error.status === 404;
}
/** Some refuse large pieces as being out of range. */
function isTooLarge(error) {
    return error instanceof _request_error_js__WEBPACK_IMPORTED_MODULE_0__/* .RequestError */ .G && (error.status === 413 || error.status === 416);
}


/***/ }),

/***/ 8223:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ MIB)
/* harmony export */ });
/** In bytes. */
const MIB = 1024 * 1024;


/***/ })

};
