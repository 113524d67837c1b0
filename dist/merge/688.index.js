export const id = 688;
export const ids = [688];
export const modules = {

/***/ 8692:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   a5: () => (/* binding */ isRateLimit),
/* harmony export */   hD: () => (/* binding */ ApiError),
/* harmony export */   ni: () => (/* binding */ readRefusal)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(39110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(26671);


/** GitHub refused, in the user's terms. */
class ApiError extends _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo {
    name = 'ApiError';
    refusal;
    constructor(refusal) {
        const { deed, status, message } = refusal;
        super(`GitHub refused ${deed} with ${status}: ${message}`, { hint: hintFor(refusal) });
        this.refusal = refusal;
    }
}
/** Reads GitHub's `{"message": …, "errors": [{"code", "message"}]}`; something else may stand before it and answer otherwise. */
function readRefusal(deed, status, withToken, body) {
    const fields = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .unquotedFields */ .xJ)(body);
    const errors = problemsOf(fields);
    const words = [text(fields.message), ...errors.map(error => text(error.message))].filter(each => each !== '');
    const codes = errors.map(error => text(error.code)).filter(code => code !== '');
    const said = words.length > 0 ? [...words, ...codes] : [oneLine(body).slice(0, 200) || '(nothing)'];
    return { deed, status, message: said.join('; '), codes, withToken };
}
function problemsOf({ errors }) {
    try {
        return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asArray */ ._j)(errors ?? [], 'errors').map(each => typeof each === 'string' ? { message: each } : (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(each, 'error'));
    }
    catch {
        return [];
    }
}
function text(value) {
    return typeof value === 'string' ? oneLine(value) : '';
}
function oneLine(words) {
    return words.replace(/\s+/g, ' ').trim();
}
const CONTENTS_HINT = 'Give the job `permissions: contents: write`. Where the workflow is called by another (`uses: …/publish.yml`), the calling job must grant it.';
/** The first that matches is told. */
const HINTS = [
    {
        matches: ({ status, message }) => status === 403 && /not accessible by integration/i.test(message),
        hint: CONTENTS_HINT,
    },
    {
        matches: ({ status, message }) => status === 403 && /not accessible by personal access/i.test(message),
        hint: 'The token may not do this: it needs "Contents: Read and write" on this repository.',
    },
    {
        matches: isRateLimit,
        hint: 'The limit is per token and hour, or for requests in quick succession. Run the job again later.',
    },
    {
        matches: ({ message }) => /rule violations|protected by/i.test(message),
        hint: 'A ruleset of the repository forbids this: let GitHub Actions bypass it, or leave `release` off.',
    },
    {
        matches: ({ status }) => status === 401,
        hint: 'The token is wrong, or is no longer valid: the one of a job ends with the job.',
    },
    {
        matches: ({ status, withToken }) => status === 404 && !withToken,
        hint: 'There was no token; without one, only public repositories can be seen.',
    },
    {
        matches: ({ status }) => status === 404,
        hint: 'There is no such thing, or the token may not see it.',
    },
];
function hintFor(refusal) {
    return HINTS.find(({ matches }) => matches(refusal))?.hint;
}
/** Both kinds: so many requests an hour, and so many in quick succession. */
function isRateLimit({ status, message }) {
    return status === 429 || (status === 403 && /rate limit|abuse detection/i.test(message));
}


/***/ }),

/***/ 73688:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  githubApi: () => (/* binding */ githubApi)
});

// EXTERNAL MODULE: ./lib/util/clock.js + 1 modules
var util_clock = __webpack_require__(54202);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(39110);
// EXTERNAL MODULE: ./lib/util/json.js + 1 modules
var json = __webpack_require__(26671);
// EXTERNAL MODULE: ./lib/util/reach.js
var reach = __webpack_require__(16035);
// EXTERNAL MODULE: ./lib/util/retry.js
var retry = __webpack_require__(89294);
// EXTERNAL MODULE: ./lib/util/transient.js
var util_transient = __webpack_require__(11386);
// EXTERNAL MODULE: ./lib/util/url.js
var util_url = __webpack_require__(47237);
// EXTERNAL MODULE: ./lib/github/api-error.js
var api_error = __webpack_require__(8692);
;// CONCATENATED MODULE: ./lib/util/version.js
/** The version of this program; package.json says the same. */
const VERSION = '0.1.0';

;// CONCATENATED MODULE: ./lib/github/send.js




const TIMEOUT_MS = 30_000;
const MOST_REDIRECTS = 3;
/** A repository that was renamed is answered for with its new address, where the same is to be asked again. */
async function send(request) {
    let url = request.base + request.path;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const response = await sendTo(url, request);
        const location = response.headers.get('location');
        if (![301, 302, 307, 308].includes(response.status) || location === null)
            return response;
        await response.body?.cancel();
        url = sameOrigin(url, location);
    }
    throw new util_error/* UserError */.yo(`GitHub answered ${request.method} ${request.path} with one redirect after the other`);
}
/** The token is for one origin alone. */
function sameOrigin(from, location) {
    const to = (0,util_url/* urlFrom */.s)(location, from);
    if (to?.origin === new URL(from).origin)
        return to.href;
    throw new util_error/* UserError */.yo(`GitHub's API redirects to another place: ${to?.origin ?? location}`, {
        hint: 'GITHUB_API_URL should name the API itself.',
    });
}
async function sendTo(url, { method, body, token, signal: ended }) {
    const late = AbortSignal.timeout(TIMEOUT_MS);
    const signal = ended ? AbortSignal.any([ended, late]) : late;
    const headers = {
        accept: 'application/vnd.github+json',
        'user-agent': `nix-multiarch/${VERSION}`,
        'x-github-api-version': '2022-11-28',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    try {
        return await (0,reach/* reach */.gl)(url, {
            method,
            headers,
            redirect: 'manual',
            signal,
            ...(body !== undefined && { body }),
        });
    }
    catch (error) {
        ended?.throwIfAborted();
        throw error;
    }
}

;// CONCATENATED MODULE: ./lib/github/api.js









const GITHUB = 'https://api.github.com';
const MINUTE_MS = 60_000;
const RETRY = {
    attempts: 4,
    isTransient: failure => failure instanceof Busy || failure instanceof util_transient/* Transient */.R,
    backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 + random / 2),
    // The hourly limit may ask for most of an hour.
    longestWait: 2 * MINUTE_MS,
};
/** An answer after which another try may help. */
class Busy extends Error {
    refusal;
    retryAfter;
    constructor(refusal, wait) {
        super(refusal.message);
        this.refusal = refusal;
        this.retryAfter = wait;
    }
}
function githubApi(options = {}) {
    const { clock = util_clock/* systemClock */.m, signal, onRetry } = options;
    const common = {
        base: baseOf(options),
        token: usableToken(options),
        signal,
    };
    return {
        async ask(method, path, body) {
            const request = { ...common, method, path, body: body && JSON.stringify(body) };
            try {
                return await (0,retry/* retrying */.R)({ retry: RETRY, clock, signal, onRetry }, () => once(request, clock));
            }
            catch (failure) {
                if (failure instanceof Busy)
                    throw failure.refusal;
                if (!(failure instanceof util_transient/* Transient */.R))
                    throw failure;
                throw new util_error/* UserError */.yo(failure.message, {
                    hint: 'Look at githubstatus.com, or run the job again.',
                    cause: failure,
                });
            }
        },
    };
}
function baseOf({ url }) {
    const base = (url || GITHUB).replace(/\/+$/, '');
    if ((0,util_url/* urlFrom */.s)(base))
        return base;
    throw new util_error/* UserError */.yo(`GITHUB_API_URL is no address: ${base}`);
}
/** `fetch` would quote a token that cannot be sent. */
function usableToken({ token }) {
    const bare = token?.trim() || undefined;
    if (bare === undefined || /^[\x21-\x7e]+$/.test(bare))
        return bare;
    throw new util_error/* UserError */.yo('the GitHub token has characters that no token has');
}
async function once(request, clock) {
    const deed = `${request.method} ${request.path}`;
    const response = await send(request);
    const text = await response.text().catch(error => {
        request.signal?.throwIfAborted();
        throw new util_transient/* Transient */.R(`GitHub's answer to ${deed} broke off: ${(0,reach/* reasonOf */.A3)(error)}`, { cause: error });
    });
    if (response.ok)
        return parsed(text, deed);
    const error = new api_error/* ApiError */.hD((0,api_error/* readRefusal */.ni)(deed, response.status, request.token !== undefined, text));
    if (response.status >= 500)
        throw new Busy(error, askedWait(response.headers, clock));
    if (!(0,api_error/* isRateLimit */.a5)(error.refusal))
        throw error;
    // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: a minute, where nothing else is said.
    throw new Busy(error, askedWait(response.headers, clock) ?? MINUTE_MS);
}
function parsed(text, deed) {
    try {
        return (0,json/* parseJson */.qF)(text, `the answer to ${deed}`);
    }
    catch (error) {
        const hint = 'Something else answers in its place: look at GITHUB_API_URL and at proxies.';
        throw new util_error/* UserError */.yo((0,util_error/* messageOf */.bD)(error), { hint, cause: error });
    }
}
/** In milliseconds. */
function askedWait(headers, clock) {
    const asked = (0,retry/* retryAfter */.P)(headers.get('retry-after') ?? undefined, clock.now());
    if (asked !== undefined)
        return asked;
    const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
    if (headers.get('x-ratelimit-remaining') !== '0' || Number.isNaN(reset))
        return undefined;
    return Math.max(0, reset * 1000 - clock.now());
}


/***/ })

};
