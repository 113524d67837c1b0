export const id = 235;
export const ids = [235];
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

/***/ 35235:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  githubRepository: () => (/* binding */ githubRepository)
});

// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(39110);
// EXTERNAL MODULE: ./lib/util/json.js + 1 modules
var json = __webpack_require__(26671);
// EXTERNAL MODULE: ./lib/github/api-error.js
var api_error = __webpack_require__(8692);
;// CONCATENATED MODULE: ./lib/github/release.js

function parseRelease(value) {
    const it = (0,json/* asObject */.eB)(value, 'a release');
    return {
        tag: (0,json/* asString */.oJ)(it.tag_name, 'tag_name'),
        body: (0,json/* asOptionalString */.qM)(it.body, 'body') ?? '',
        prerelease: it.prerelease === true,
        url: (0,json/* asOptionalString */.qM)(it.html_url, 'html_url') ?? '',
    };
}
function isDraft(value) {
    return (0,json/* asObject */.eB)(value, 'a release').draft === true;
}
/** As the API wants it. */
function releaseFields({ tag, name, body, prerelease, makeLatest }) {
    // A truth value in quotes, since there is a third word: https://docs.github.com/rest/releases/releases
    return { tag_name: tag, name, body, prerelease, make_latest: String(makeLatest) };
}

;// CONCATENATED MODULE: ./lib/github/repository.js




/** @param name `owner/name`, as GITHUB_REPOSITORY says it */
function githubRepository(api, name) {
    if (!/^[\w.-]+\/[\w.-]+$/.test(name))
        throw new error/* UserError */.yo(`${name} is no repository on GitHub`, { hint: 'It is written as `owner/name`.' });
    const at = `/repos/${name}`;
    const get = (path) => api.ask('GET', at + path);
    return {
        commitDate: sha => commitDate(get, sha),
        relation: (ours, theirs) => relation(get, ours, theirs),
        commitsAfter: (sha, branch) => commitsAfter(get, sha, branch),
        tagCommit: tag => unlessRefused(isAbsent, undefined, () => tagCommit(get, tag)),
        createTag: (tag, sha) => unlessRefused(isTaken, 'exists', async () => {
            await api.ask('POST', `${at}/git/refs`, { ref: `refs/tags/${tag}`, sha });
            return 'made';
        }),
        releaseByTag: tag => unlessRefused(isAbsent, undefined, async () => parseRelease(await get(`/releases/tags/${encodeURIComponent(tag)}`))),
        releases: () => releases(get),
        createRelease: release => unlessRefused(isTaken, { kind: 'exists', url: '' }, async () => {
            const made = parseRelease(await api.ask('POST', `${at}/releases`, releaseFields(release)));
            return { kind: 'made', url: made.url };
        }),
    };
}
const isAbsent = ({ status }) => status === 404;
/** Where reading is concerned, a refusal of whatever kind says nothing; a token that is wrong is a mistake to hear of. */
const isUntold = ({ status }) => status !== 401;
const isTaken = ({ status, message, codes }) => status === 422 && (codes.includes('already_exists') || /reference already exists/i.test(message));
async function unlessRefused(matches, instead, task) {
    try {
        return await task();
    }
    catch (error) {
        if (error instanceof api_error/* ApiError */.hD && matches(error.refusal))
            return instead;
        throw error;
    }
}
/** What an image in a registry calls its commit may be anything. */
const COMMIT = /^[0-9a-f]{7,64}$/i;
async function commitDate(get, sha) {
    if (!COMMIT.test(sha))
        return undefined;
    return await unlessRefused(isUntold, undefined, async () => dateOf(await get(`/git/commits/${sha}`)));
}
function dateOf(commit) {
    const committer = (0,json/* asObject */.eB)((0,json/* asObject */.eB)(commit, 'a commit').committer, 'committer');
    const date = new Date((0,json/* asString */.oJ)(committer.date, 'date'));
    return Number.isNaN(date.getTime()) ? undefined : date;
}
/** GitHub says where the second commit stands, seen from the first. */
const RELATIONS = {
    identical: 'same',
    behind: 'ancestor',
    ahead: 'descendant',
    diverged: 'diverged',
};
async function relation(get, ours, theirs) {
    if (ours === theirs)
        return 'same';
    if (![ours, theirs].every(sha => COMMIT.test(sha)))
        return 'unknown';
    return await unlessRefused(isUntold, 'unknown', async () => {
        const answer = (0,json/* asObject */.eB)(await get(`/compare/${theirs}...${ours}?per_page=1`), 'a comparison');
        return RELATIONS[(0,json/* asString */.oJ)(answer.status, 'status')] ?? 'unknown';
    });
}
async function commitsAfter(get, sha, branch) {
    if (!COMMIT.test(sha))
        return [];
    return await unlessRefused(isUntold, [], async () => {
        const answer = (0,json/* asObject */.eB)(await get(`/compare/${sha}...${encodeURIComponent(branch)}`), 'a comparison');
        if (answer.status !== 'ahead')
            return [];
        return (0,json/* asArray */._j)(answer.commits, 'commits').map(each => (0,json/* asString */.oJ)((0,json/* asObject */.eB)(each, 'a commit').sha, 'sha'));
    });
}
/** A tag may name a tag, which names a tag. */
const MOST_TAGS = 5;
/** An annotated tag is an object of its own, which names the commit. */
async function tagCommit(get, name) {
    const path = name.split('/').map(encodeURIComponent).join('/');
    let object = objectOf(await get(`/git/ref/tags/${path}`));
    for (let followed = 0; object.type === 'tag' && followed < MOST_TAGS; followed++)
        object = objectOf(await get(`/git/tags/${(0,json/* asString */.oJ)(object.sha, 'sha')}`));
    if (object.type === 'commit')
        return (0,json/* asString */.oJ)(object.sha, 'sha');
    throw new error/* UserError */.yo(`the Git tag ${name} names no commit, but a ${object.type}`);
}
function objectOf(ref) {
    return (0,json/* asObject */.eB)((0,json/* asObject */.eB)(ref, 'a Git tag').object, 'object');
}
const PER_PAGE = 100;
const MOST_PAGES = 10;
async function releases(get) {
    const found = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
        const some = (0,json/* asArray */._j)(await get(`/releases?per_page=${PER_PAGE}&page=${page}`), 'releases');
        found.push(...some);
        if (some.length < PER_PAGE)
            break;
    }
    return found.filter(release => !isDraft(release)).map(parseRelease);
}


/***/ })

};
