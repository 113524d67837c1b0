export const id = 191;
export const ids = [191];
export const modules = {

/***/ 99191:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  provideQemu: () => (/* binding */ provideQemu),
  qemuSources: () => (/* binding */ qemuSources)
});

// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(73816);
// EXTERNAL MODULE: ./lib/nix/system.js
var system = __webpack_require__(15294);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(39110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(86542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(28083);
// EXTERNAL MODULE: ./lib/image/bytes.js
var bytes = __webpack_require__(18734);
// EXTERNAL MODULE: ./lib/image/decode.js + 1 modules
var decode = __webpack_require__(90105);
// EXTERNAL MODULE: ./lib/image/magic.js
var magic = __webpack_require__(150);
// EXTERNAL MODULE: ./lib/image/select-image.js
var select_image = __webpack_require__(56737);
// EXTERNAL MODULE: ./lib/image/tar.js
var tar = __webpack_require__(14862);
;// CONCATENATED MODULE: ./lib/image/tar-member.js

/**
 * The first regular file of a tar that has one of these names. Its body is what `input` gives next; nothing behind it has
 * been read. Throws an `Error` when the tar is damaged or cut off before.
 */
async function findFile(input, names) {
    for await (const entry of (0,tar/* tarEntries */.O_)(input)) {
        if (entry.kind === 'file' && names.includes(entry.name))
            return entry;
    }
    return undefined;
}

// EXTERNAL MODULE: ./lib/nix/qemu.js
var qemu = __webpack_require__(69867);
// EXTERNAL MODULE: ./lib/oci/digest.js
var oci_digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(15885);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var manifest = __webpack_require__(44360);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(68574);
// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(23940);
// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(25312);
;// CONCATENATED MODULE: ./lib/registry/credential.js
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
function credential_secretsOf(credential) {
    if (credential.kind === 'identity')
        return [credential.token].filter(Boolean);
    const { username, password } = credential;
    return password === '' ? [] : [password, basicAuthorization(username, password).slice('Basic '.length)];
}

;// CONCATENATED MODULE: ./lib/registry/origin.js
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
function origin_canonicalRegistry(registry) {
    const name = registry.toLowerCase();
    return DOCKER_HUB.has(name) ? 'docker.io' : name;
}
/** Where a registry's API answers: `https://ghcr.io/`, and Docker Hub's under its other name. */
function registryUrl(registry, protocol) {
    const name = origin_canonicalRegistry(registry);
    return new URL(`${protocol}//${name === 'docker.io' ? 'registry-1.docker.io' : name}/`);
}

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(37067);
;// CONCATENATED MODULE: ./lib/registry/request-error.js



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
    constructor(of) {
        super(describe(of), of.cause === undefined ? undefined : { cause: of.cause });
        this.method = of.method;
        this.url = redacted(of.url);
        this.status = of.status;
        this.code = of.code;
        this.complaints = of.complaints ?? [];
        this.retryAfter = of.retryAfter;
    }
    /** Whether the registry gave one of these error codes. */
    complains(...codes) {
        return this.complaints.some(complaint => codes.includes(complaint.code));
    }
}
function describe(of) {
    const status = of.status === undefined ? undefined : `${of.status} ${external_node_http_.STATUS_CODES[of.status] ?? ''}`.trim();
    const said = (of.complaints ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': '));
    const parts = [status, [...new Set(said)].join('; '), of.reason].filter(Boolean);
    return printable(`${of.method} ${redacted(of.url)}: ${parts.join(': ')}`);
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
function connectionFailure(request, error) {
    if (request.signal?.aborted)
        return request.signal.reason;
    if (error instanceof RequestError)
        return error;
    const { method, url } = request;
    return new RequestError({ method, url, code: (0,util_error/* codeOf */.$N)(error), reason: wordsOf(error), cause: error });
}
/** Node.js tries every address of a host and joins the failures in an `AggregateError` without words of its own. */
function wordsOf(error) {
    const { errors } = Object(error);
    return Array.isArray(errors) ? errors.map(util_error/* messageOf */.bD).join(', ') : (0,util_error/* messageOf */.bD)(error);
}

;// CONCATENATED MODULE: ./lib/registry/explain.js





/** A request's failure in the user's terms; `failure` has the status and the registry's own error codes. */
class RegistryError extends util_error/* UserError */.yo {
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
function explain_explain(error, at) {
    if (!(error instanceof RequestError))
        return error;
    const found = EXPLANATIONS.find(each => each.matches(error, at)) ?? ANYTHING_ELSE;
    return new RegistryError(error, found.says(at, error), found.hint(at));
}
/** Whether a server's certificate, rather than the lack of TLS, is the trouble. */
function isCertificateProblem(error) {
    return error instanceof RequestError && /CERT|UNABLE_TO_|_SIGNATURE$|ISSUER/.test(error.code ?? '');
}
const NAME_FAILURES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
/** OpenSSL's words, as a code or as a message, for an answer that is none of TLS's. */
const NO_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request\b/i;
const REFUSED = new Set([401, 403]);
const nameOf = ({ registry, repository }) => `${registry}/${repository}`;
const deed = ({ access }) => (access === 'push' ? 'write to' : 'read');
const onGhcr = ({ reference }) => origin_canonicalRegistry(reference.registry) === 'ghcr.io';
const who = ({ credential }) => credential ? accountName(credential) : 'anonymous users';
/** The first that matches explains. */
const EXPLANATIONS = [
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
        hint: ({ reference }) => `Check the name in ${nameOf(reference)}, and that this machine can resolve names.`,
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
    {
        matches: ({ status = 0 }, at) => REFUSED.has(status) && at.access === 'push' && onGhcr(at) && !!at.credential,
        says: at => `ghcr.io does not let ${who(at)} write to ${at.reference.repository}`,
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
        says: at => `${at.reference.registry} does not let anonymous users ${deed(at)} ${at.reference.repository}`,
        hint: ({ reference }) => `No credentials were found for ${reference.registry}: give a username and a password, or run \`docker login ${reference.registry}\`.`,
    },
    {
        matches: ({ status }) => status === 401,
        says: at => `${at.reference.registry} does not accept the credentials of ${who(at)}`,
        hint: ({ reference, credential }) => `Check the credentials from ${credential?.source}; they may have expired, or may not be allowed to use ${reference.repository}.`,
    },
    {
        matches: ({ status }) => status === 403,
        says: at => `${at.reference.registry} does not let ${who(at)} ${deed(at)} ${at.reference.repository}`,
        hint: ({ reference }) => `Give this account the right to use ${nameOf(reference)}, or use another account.`,
    },
    {
        matches: ({ status }) => status === 413,
        says: ({ reference }) => `${reference.registry} does not take anything this large`,
        hint: () => 'Make the layer smaller, or raise the limit of the registry or of the proxy before it (in nginx: client_max_body_size).',
    },
    {
        matches: failure => failure.complains('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN') && failure.method === 'PUT',
        says: ({ reference }) => `${nameOf(reference)} lost a part of the image while it was being pushed`,
        hint: () => 'Something else deletes or pushes here at the same time. Let one job push, and run it again.',
    },
    {
        matches: (failure, { sending }) => sending !== undefined &&
            (failure.status === 415 ||
                (failure.status === 400 && failure.complains('MANIFEST_INVALID', 'UNSUPPORTED'))),
        says: ({ reference, sending = '' }) => `${reference.registry} does not take ${(0,media_type/* isIndexType */.$U)(sending) ? 'an OCI image index' : 'this OCI image manifest'}`,
        hint: () => 'The registry must support the OCI image specification; see whether there is a newer version of it.',
    },
    {
        matches: ({ status }) => status === 404,
        says: ({ reference }) => `${nameOf(reference)} was not found`,
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
        hint: at => `Try again later${onGhcr(at) ? '; https://www.githubstatus.com tells about outages' : ''}.`,
    },
];
const ANYTHING_ELSE = {
    matches: () => true,
    says: ({ reference }) => `${nameOf(reference)}: the registry gave an answer that is no use`,
    hint: () => 'Check that the address is that of an OCI registry.',
};

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(11260);
// EXTERNAL MODULE: ./lib/oci/verify.js
var verify = __webpack_require__(45600);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(68884);
// EXTERNAL MODULE: ./lib/util/retry.js
var util_retry = __webpack_require__(89294);
;// CONCATENATED MODULE: ./lib/registry/response.js



/** Drops an answer's body and waits until its connection is free again; where a long one follows, that goes too. */
async function discard({ request, headers, body }) {
    const size = request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0);
    if (size > 64 * 1024)
        body.destroy();
    if (body.readableEnded || body.destroyed)
        return;
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
        throw connectionFailure(response.request, error);
    }
    return Buffer.concat(chunks);
}
/** A `RequestError` for an answer that is wrong although its status is not. */
function failed(response, reason) {
    const { method, url } = response.request;
    return new RequestError({ method, url, status: response.status, reason });
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
    return new RequestError({
        method,
        url,
        status: response.status,
        complaints,
        reason: complaints.length > 0 ? undefined : plainWords(text),
        retryAfter: (0,util_retry/* retryAfter */.P)(header(response, 'retry-after'), now),
    });
}
/** `errors` of the distribution-spec, or the `details` and `message` that token servers give instead. */
function complaintsIn(text) {
    try {
        const body = (0,json/* asObject */.eB)(JSON.parse(text), 'the answer');
        if (body.errors === undefined)
            return [complaint(body)].filter(({ message }) => message !== '');
        return (0,json/* asArray */._j)(body.errors, 'errors').map(each => complaint((0,json/* asObject */.eB)(each, 'an error')));
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

;// CONCATENATED MODULE: ./lib/registry/manifest-answer.js




/** The types of manifest that we can read. */
const MANIFEST_TYPES = [media_type/* OCI_INDEX */.$p, media_type/* OCI_MANIFEST */.EG, media_type/* DOCKER_INDEX */.Mu, media_type/* DOCKER_MANIFEST */.Vv];
/** In bytes; what registries take at most, and far more than a manifest has. */
const MANIFEST_LIMIT = 4 * 1024 * 1024;
/**
 * Reads an answer with a manifest; `undefined` for a 404. Its digest is that of its bytes, and must be the one that was
 * asked for, or that the registry names.
 */
async function manifestAnswer(response, name) {
    if (response.status === 404) {
        await discard(response);
        return undefined;
    }
    const bytes = await readBytes(response, MANIFEST_LIMIT);
    expectDigest(response, bytes, (0,oci_digest/* isDigest */.Bc)(name) ? name : header(response, 'docker-content-digest'));
    return {
        descriptor: { mediaType: mediaTypeOf(response, bytes), digest: (0,oci_digest/* digestOf */.ol)(bytes), size: bytes.length },
        bytes,
    };
}
/** Throws a `RequestError` unless the bytes are what was expected; no digest, or one of another kind, expects nothing. */
function expectDigest(response, bytes, expected) {
    const digest = (0,oci_digest/* digestOf */.ol)(bytes);
    if ((0,oci_digest/* isDigest */.Bc)(expected) && expected !== digest)
        throw failed(response, `the content is ${digest}, not ${expected}`);
}
/** The header's type where it names a manifest, else what the manifest says of itself. */
function mediaTypeOf(response, bytes) {
    const type = (header(response, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (MANIFEST_TYPES.includes(type))
        return type;
    try {
        return (0,json/* asOptionalString */.qM)((0,json/* asObject */.eB)((0,json/* parseJson */.qF)(bytes, 'it'), 'it').mediaType, 'mediaType') ?? type;
    }
    catch {
        return type;
    }
}

// EXTERNAL MODULE: ./lib/util/url.js
var util_url = __webpack_require__(47237);
;// CONCATENATED MODULE: ./lib/registry/tag-page.js




const LIMIT = 8 * 1024 * 1024;
/** Reads an answer with tags; a repository that is not there has none. */
async function tagPage(response) {
    if (response.status === 404) {
        await discard(response);
        return { tags: [], next: undefined };
    }
    const bytes = await readBytes(response, LIMIT);
    try {
        const { tags } = (0,json/* asObject */.eB)((0,json/* parseJson */.qF)(bytes, 'the list of tags'), 'the list of tags');
        const names = (0,json/* asStrings */.P7)(tags ?? [], 'tags');
        return { tags: names, next: nextPage(response) };
    }
    catch (error) {
        throw failed(response, error.message);
    }
}
/** RFC 8288, `Link: <…>; rel="next"`; a page elsewhere than in the registry is none. */
function nextPage(response) {
    const { url } = response.request;
    const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b/i.exec(header(response, 'link') ?? '')?.[1];
    const next = link === undefined ? undefined : (0,util_url/* urlFrom */.s)(link, url);
    if (next === undefined)
        return undefined;
    if (next.host === url.host)
        next.protocol = url.protocol;
    return sameOrigin(next, url) && next.href !== url.href ? next : undefined;
}

;// CONCATENATED MODULE: ./lib/registry/upload.js




/**
 * One try to bring a blob in (OCI distribution-spec, "Pushing blobs"): mounted from another repository, or POST and
 * then the whole of it in one PUT. A new try must begin here again: the old upload session may be spoilt.
 */
async function upload(send, blob, options) {
    const session = await openSession(send, blob.digest, options.from ?? []);
    if (session === undefined)
        return 'mounted';
    const call = {
        method: 'PUT',
        target: withDigest(session, blob.digest),
        access: 'push',
        headers: { 'content-type': 'application/octet-stream' },
        body: verifiedBody(blob, options.onSent),
        expect: [200, 201, 204],
        once: true,
    };
    await send(call, discard);
    return 'uploaded';
}
/** Where to send the blob; `undefined` when it was mounted. */
async function openSession(send, digest, from) {
    for (const repository of from) {
        const answer = await tryMount(send, digest, repository);
        if (answer !== 'refused')
            return answer;
    }
    const call = {
        method: 'POST',
        target: 'blobs/uploads/',
        access: 'push',
        expect: [202],
        once: true,
    };
    return send(call, sessionOf);
}
/** A mount is worth a try and no more: a registry that does not do it offers an upload, or may refuse in its own way. */
async function tryMount(send, digest, from) {
    const query = new URLSearchParams({ mount: digest, from });
    const target = `blobs/uploads/?${query}`;
    const call = { method: 'POST', target, access: 'push', from, expect: [201, 202], once: true };
    try {
        return await send(call, async (response) => {
            if (response.status === 202)
                return sessionOf(response);
            await discard(response);
            return undefined;
        });
    }
    catch (error) {
        if (error instanceof RequestError && error.status !== undefined && error.status < 500)
            return 'refused';
        throw error;
    }
}
/** The session's address, relative or whole. Behind a proxy that ends TLS, a registry may think itself plain HTTP. */
async function sessionOf(response) {
    await discard(response);
    const { url } = response.request;
    const location = header(response, 'location');
    const session = location === undefined ? undefined : (0,util_url/* urlFrom */.s)(location, url);
    if (session === undefined)
        throw failed(response, 'the answer says not where to upload');
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
function verifiedBody(blob, onSent) {
    return { size: blob.size, open: () => (0,verify/* verified */.zr)(blob), ...(onSent && { onSent }) };
}

;// CONCATENATED MODULE: ./lib/registry/repository.js










const MOST_PAGES = 10_000;
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
            return upload(this.#send, blob, { ...options, onSent: count });
        };
        const how = await this.#explained('push', () => this.#untilDone(isUploadTransient, once));
        count(blob.size - sent);
        return { descriptor: (0,descriptor/* descriptorOf */.nb)(blob), how };
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
            const bytes = await readBytes(response, Math.min(of.size, MANIFEST_LIMIT));
            expectDigest(response, bytes, of.digest);
            return bytes;
        }));
    }
    /** @param name a tag or a digest; `undefined` when the registry has none of that name */
    getManifest(name) {
        const call = { ...this.#get(`manifests/${name}`), expect: [200, 404] };
        return this.#explained(call.access, () => this.#send(call, response => manifestAnswer(response, name)));
    }
    /**
     * As `getManifest`, but tells a name that the repository has not from a repository that is not there at all, where the
     * registry does.
     */
    findManifest(name) {
        return this.#explained(this.#reading, async () => {
            try {
                const read = (response) => manifestAnswer(response, name);
                return (await this.#send(this.#get(`manifests/${name}`), read)) ?? 'no manifest';
            }
            catch (error) {
                if (!(error instanceof RequestError) || error.status !== 404)
                    throw error;
                return error.complains('NAME_UNKNOWN') ? 'no repository' : 'no manifest';
            }
        });
    }
    /** Puts a manifest or an index under a tag or its own digest, and holds the registry's digest against ours. */
    async putManifest(blob, name) {
        const call = {
            method: 'PUT',
            target: `manifests/${name}`,
            access: 'push',
            headers: { 'content-type': blob.mediaType },
            body: { size: blob.size, open: () => (0,verify/* verified */.zr)(blob) },
            expect: [200, 201, 202, 204],
            once: true,
        };
        await this.#explained('push', () => this.#untilDone(isManifestTransient, () => this.#send(call, async (response) => {
            await discard(response);
            const digest = header(response, 'docker-content-digest');
            if ((0,oci_digest/* isDigest */.Bc)(digest) && digest !== blob.digest)
                throw failed(response, `it was stored as ${digest}, not as ${blob.digest}`);
        })), blob.mediaType);
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
        const call = { ...this.#get(target), method: 'HEAD', expect, once: true };
        return this.#send(call, async (response) => {
            await discard(response);
            return response.status === 200;
        });
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
        if (!(error instanceof RequestError))
            return error;
        const credential = await this.client.credential(this.reference);
        return explain_explain(error, { reference: this.reference, access, credential, sending });
    }
}
/** Some registries lose sight of an upload session; a new one does. */
function isUploadTransient(failure) {
    return failure instanceof RequestError && failure.complains('BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID');
}
/** What was just pushed may not be seen everywhere in the registry at once. */
function isManifestTransient(failure) {
    return (failure instanceof RequestError &&
        failure.complains('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'));
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
        stream.destroy((await explained(connectionFailure(response.request, error))));
    });
    stream.once('close', () => response.body.destroy());
    return response.body.pipe(stream);
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./lib/nix/elf.js
var elf = __webpack_require__(76322);
// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __webpack_require__(24338);
// EXTERNAL MODULE: ./lib/util/writable.js
var writable = __webpack_require__(55078);
;// CONCATENATED MODULE: ./lib/command/seal.js




/** Writes down beside a file what it must hash to. */
async function seal(file, digest) {
    const part = await part_file/* PartFile */.Y.create((0,external_node_path_.dirname)(file));
    try {
        await part.write(Buffer.from(digest));
        await part.close();
        await part.rename(sealOf(file));
    }
    finally {
        await part.discard();
    }
}
/** Whether a file is as it was sealed: a machine that lost its power may have left its name without all of its content. */
async function isAsSealed(file) {
    try {
        return (0,oci_digest/* digestOf */.ol)(await (0,promises_.readFile)(file)) === (await (0,promises_.readFile)(sealOf(file), 'utf8'));
    }
    catch {
        return false;
    }
}
function sealOf(file) {
    return `${file}.digest`;
}

;// CONCATENATED MODULE: ./lib/command/kept-qemu.js








/** An interpreter that is kept as it was taken and can be registered, from the first fitting origin. */
async function findKept(system, { tools, machine }, isOrigin) {
    const origins = await (0,promises_.readdir)((0,external_node_path_.join)(tools, FOLDER)).catch(() => []);
    for (const origin of origins.filter(isOrigin).sort().reverse()) {
        const file = (0,external_node_path_.join)(tools, FOLDER, origin, `qemu-${(0,qemu/* qemuName */.gc)(system)}`);
        if ((await isAsSealed(file)) && (await isUsable(file, machine)))
            return file;
    }
    return undefined;
}
/**
 * Keeps an interpreter, and gives its path; `undefined` when the bytes are no static program of this machine. It is there as a
 * whole or not at all, also where others do the same at the same time. Throws a `UserError` when the disk is full.
 *
 * @param origin a name for a folder
 */
async function keepQemu(system, { tools, temp, machine }, origin, bytes) {
    const place = (0,external_node_path_.join)(FOLDER, folderName(origin));
    const folder = await (0,writable/* firstWritable */.n)((0,external_node_path_.join)(tools, place), (0,external_node_path_.join)(temp, place));
    try {
        return await keepIn(folder, `qemu-${(0,qemu/* qemuName */.gc)(system)}`, machine, bytes);
    }
    catch (error) {
        throw (0,writable/* notWritten */.x)('QEMU', folder, error);
    }
}
async function keepIn(folder, name, machine, bytes) {
    const part = await part_file/* PartFile */.Y.create(folder);
    const hasher = new oci_digest/* Hasher */.OP();
    try {
        for await (const chunk of bytes) {
            hasher.update(chunk);
            await part.write(chunk);
        }
        await part.close();
        if (!(await isUsable(part.path, machine)))
            return undefined;
        await (0,promises_.chmod)(part.path, 0o755);
        const file = (0,external_node_path_.join)(folder, name);
        await part.rename(file);
        await seal(file, hasher.digest());
        return file;
    }
    finally {
        await part.discard();
    }
}
const FOLDER = 'qemu';
/** The kernel takes a colon in a path for the end of it, and apt writes one as `%3a` in a file's name. */
function folderName(origin) {
    return origin.replace(/%3a/gi, '-').replace(/[^\w.+~-]/g, '-');
}
async function isUsable(file, machine) {
    return (await (0,elf/* isStaticProgram */.Ld)(file)) && (await (0,elf/* isProgramFor */.it)(file, machine));
}

;// CONCATENATED MODULE: ./lib/command/qemu-image.js

















/** How often a layer is begun again whose download broke off. */
const LAYER_TRIES = 3;
/** The interpreter that was once taken out of this very image. Throws a `UserError` for a reference without a digest. */
function keptFromImage(system, of) {
    const origin = originOf(pinned(of.image));
    return findKept(system, of, name => name === origin);
}
/**
 * Takes one interpreter out of an image in a registry, keeps it, and gives its path. Every byte is held against the
 * reference's digest. Throws a `UserError` that names the image.
 */
async function takeFromImage(system, of) {
    const reference = pinned(of.image);
    const client = of.client();
    try {
        return await take(system, new Repository(client, reference, { signal: of.signal }), reference, of);
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || !(error instanceof Error) || of.signal?.aborted)
            throw error;
        throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(reference)} cannot be used: ${error.message}`, { cause: error });
    }
    finally {
        client.close();
    }
}
async function take(system, repository, reference, of) {
    const { layers } = await manifestOf(repository, reference, of.machine);
    // A higher layer's file hides a lower one's.
    for (const layer of [...layers].reverse()) {
        const path = await retryingLayer(repository, () => takeFromLayer(system, repository, layer, originOf(reference), of));
        if (path !== undefined)
            return path;
    }
    throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(reference)} has no static usr/bin/qemu-${(0,qemu/* qemuName */.gc)(system)} for this machine`, { hint: `An image like ${qemu/* DEFAULT_QEMU_IMAGE */.vr} is needed.` });
}
async function manifestOf(repository, of, machine) {
    const read = async ({ digest }) => (await manifestBytes(repository, of, digest)).bytes;
    const top = await manifestBytes(repository, of, of.digest);
    if (!(0,media_type/* isIndexType */.$U)(top.descriptor.mediaType))
        return (0,manifest/* parseManifest */.Ng)(top.bytes);
    const chosen = await (0,select_image/* selectImage */.g)((0,image_index/* parseIndex */.A1)(top.bytes), read, (0,oci_system/* platformOf */.tj)(machine));
    return (0,manifest/* parseManifest */.Ng)(await read(chosen));
}
async function manifestBytes(repository, of, digest) {
    const found = await repository.getManifest(digest);
    if (found !== undefined)
        return found;
    const what = digest === of.digest ? 'is not there' : `is not there as a whole: ${digest} is missing`;
    throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(of)} ${what}`, {
        hint: 'Look whether the reference is right, and whether it may be read without an account.',
    });
}
/** A request is tried again by the client; what breaks off while it is read, here. */
function retryingLayer(repository, task) {
    const { retry } = repository.client;
    const isTransient = (failure) => failure instanceof RegistryError && retry.isTransient(failure.failure);
    return repository.retrying(task, { ...retry, attempts: LAYER_TRIES, isTransient });
}
async function takeFromLayer(system, repository, layer, origin, shelf) {
    const tar = new byte_reader/* ByteReader */.k(unpacked(await repository.getBlob(layer)));
    try {
        const file = await findFile(tar, [`usr/bin/qemu-${(0,qemu/* qemuName */.gc)(system)}`]);
        return file && (await keepQemu(system, shelf, origin, qemu_image_verifiedBody(tar, file.size)));
    }
    finally {
        await tar.close();
    }
}
async function* unpacked(blob) {
    const input = new byte_reader/* ByteReader */.k(blob);
    try {
        const head = await input.read(magic/* HEAD */.Vx);
        yield* (0,decode/* decode */.D4)((0,magic/* encodingOf */.P$)(head), (0,bytes/* prepended */._j)(head, input.rest()));
    }
    finally {
        blob.destroy();
    }
}
/** The layer's digest is known only when all of it was read; until then nothing of it counts. */
async function* qemu_image_verifiedBody(tar, size) {
    yield* tar.take(size);
    for await (const _ of tar.rest())
        ;
}
function originOf({ digest }) {
    return `sha256-${(0,oci_digest/* hexOf */.ZD)(digest)}`;
}
function pinned(text) {
    const reference = (0,oci_reference/* parseReference */.F2)(text);
    const { digest } = reference;
    if (digest !== undefined)
        return { ...reference, digest };
    throw new util_error/* UserError */.yo(`The image for QEMU, ${text}, has no digest`, {
        hint: 'What it holds runs with the rights of the builds: name it as registry/owner/name@sha256:….',
    });
}

// EXTERNAL MODULE: ./lib/util/network-variables.js
var network_variables = __webpack_require__(51334);
;// CONCATENATED MODULE: ./lib/command/apt.js




const PATIENCE_MS = 120_000;
const OPTIONS = [
    // Without a network it is to be told soon.
    ...apt_option('Acquire::http::Timeout=10'),
    ...apt_option('Acquire::https::Timeout=10'),
    ...apt_option('Acquire::Retries=1'),
    // As root, apt loads as a user of its own, who cannot reach into our folders.
    ...apt_option('APT::Sandbox::User=root'),
];
/** The machine's lists are missing or too old: fresh ones may help. */
const UNKNOWN = /Unable to locate package|no installation candidate|Can't (select|find a source)|\b404\b/;
/**
 * Downloads a package, whose signature apt checks, into a folder. `false` when the lists do not know it, or know it where
 * it is no longer. Throws a `UserError` for any other failure.
 *
 * @param options of `freshLists`; none to go by the machine's lists
 */
async function download(name, folder, options, apt) {
    const result = await aptGet([...options, 'download', name], apt, folder);
    if (result.code === 0)
        return true;
    if (UNKNOWN.test(result.stderr))
        return false;
    throw apt_failed(`download ${name}`, result);
}
/** Gets the package lists of the machine's sources into a folder, and gives the options with which apt reads them there. */
async function freshLists(folder, apt) {
    const [lists, cache] = [(0,external_node_path_.join)(folder, 'lists'), (0,external_node_path_.join)(folder, 'cache')];
    await (0,promises_.mkdir)((0,external_node_path_.join)(lists, 'partial'), { recursive: true });
    await (0,promises_.mkdir)((0,external_node_path_.join)(cache, 'archives/partial'), { recursive: true });
    const options = [...apt_option(`Dir::State::lists=${lists}`), ...apt_option(`Dir::Cache=${cache}`)];
    const result = await aptGet([...options, ...apt_option('Acquire::Languages=none'), 'update'], apt, folder);
    if (result.code === 0)
        return options;
    throw apt_failed('update', result);
}
function apt_option(text) {
    return ['-o', text];
}
async function aptGet(args, apt, cwd) {
    const { exec, env, patience = PATIENCE_MS, signal } = apt;
    const limit = AbortSignal.timeout(patience);
    try {
        return await exec('apt-get', ['-q', ...OPTIONS, ...args], {
            cwd,
            clean: true,
            // In English, so that what went wrong can be told from the words.
            env: { ...(0,network_variables/* networkVariables */.I)(env), PATH: env.PATH, LC_ALL: 'C' },
            signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
    }
    catch (error) {
        signal?.throwIfAborted();
        if (limit.aborted)
            throw new util_error/* UserError */.yo(`apt-get did not end within ${patience / 1000} s`);
        throw error;
    }
}
/** apt tells errors in lines that begin with `E:`, the last one being about the whole. */
function apt_failed(what, { code, stderr }) {
    const errors = stderr.split('\n').filter(line => line.startsWith('E: '));
    const said = errors[0]?.slice(3) ?? stderr.trim().split('\n').at(-1) ?? '';
    return new util_error/* UserError */.yo(`apt-get ${what} failed: ${said || `exit code ${code}`}`);
}

;// CONCATENATED MODULE: ./lib/command/qemu-package.js









/** Static interpreters are in the first up to Debian 12 and Ubuntu 24.04, later in the second; the other is small then. */
const PACKAGES = ['qemu-user-static', 'qemu-user'];
/** An interpreter that was once taken out of a package. */
function keptFromPackage(system, of) {
    return findKept(system, of, name => PACKAGES.some(each => name.startsWith(`${each}_`)));
}
/**
 * Takes one interpreter out of this distribution's package, keeps it, and gives its path. Nothing is installed, no script
 * of the package runs, and no rights are needed. Throws a `UserError` that says why it did not work.
 */
async function takeFromPackage(system, of) {
    const folder = await (0,promises_.mkdtemp)((0,external_node_path_.join)(of.temp, 'qemu-'));
    try {
        const path = (await fromLists(system, folder, [], of)) ??
            (await fromLists(system, folder, await freshLists((0,external_node_path_.join)(folder, 'apt'), of), of));
        if (path !== undefined)
            return path;
        const name = `qemu-${(0,qemu/* qemuName */.gc)(system)}`;
        throw new util_error/* UserError */.yo(`no package ${PACKAGES.join(' or ')} with a static ${name} is to be had`);
    }
    finally {
        await (0,promises_.rm)(folder, { recursive: true, force: true });
    }
}
/** `undefined` when the package lists, those of the machine or those that `options` name, lead to none. */
async function fromLists(system, folder, options, of) {
    for (const name of PACKAGES) {
        const into = await (0,promises_.mkdtemp)((0,external_node_path_.join)(folder, 'deb-'));
        if (!(await download(name, into, options, of)))
            continue;
        const file = (await (0,promises_.readdir)(into)).find(each => each.endsWith('.deb'));
        const path = file && (await unpack(system, (0,external_node_path_.join)(into, file), of));
        if (path)
            return path;
    }
    return undefined;
}
async function unpack(system, deb, of) {
    const name = `usr/bin/qemu-${(0,qemu/* qemuName */.gc)(system)}`;
    const tar = new byte_reader/* ByteReader */.k(contentOf(deb, of));
    try {
        const file = await findFile(tar, [`${name}-static`, name]);
        const origin = (0,external_node_path_.basename)(deb).replace(/_[^_]*\.deb$/, '');
        // apt has held the whole package against its hash, so the rest need not be read.
        return file && (await keepQemu(system, of, origin, tar.take(file.size)));
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || !(error instanceof Error) || error.name !== 'Error')
            throw error;
        throw new util_error/* UserError */.yo(`${(0,external_node_path_.basename)(deb)} could not be read: ${(0,util_error/* messageOf */.bD)(error)}`, { cause: error });
    }
    finally {
        await tar.close();
    }
}
/** The files of a package as a tar. */
async function* contentOf(deb, { env, signal }) {
    const options = { clean: true, env: { PATH: env.PATH }, ...(signal && { signal }) };
    const child = (0,util_exec/* start */.ni)('dpkg-deb', ['--fsys-tarfile', deb], options);
    child.stderr?.resume();
    yield* (0,util_exec/* outputOf */.jH)(child, 'dpkg-deb', code => new Error(`dpkg-deb ended with exit code ${code}`));
}

// EXTERNAL MODULE: ./lib/util/clock.js + 1 modules
var clock = __webpack_require__(54202);
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
var external_node_stream_ = __webpack_require__(57075);
;// CONCATENATED MODULE: ./lib/registry/token.js





const TOKEN_BODY = 1024 * 1024;
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
        throw await refusal(response, of.clock.now());
    const answer = (await readBytes(response, TOKEN_BODY)).toString();
    const { token, access_token, expires_in } = (0,json/* unquotedFields */.xJ)(answer);
    const value = [token, access_token].find(text => typeof text === 'string' && text !== '');
    if (typeof value !== 'string')
        throw failed(response, 'the answer holds no token');
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
    const authorization = known && basicAuthorization(known.username, known.password);
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
    #challenge;
    constructor(of) {
        this.#of = of;
    }
    get credential() {
        return this.#of.credential;
    }
    /** The Authorization header for a request, as far as the registry has said what it wants. */
    async authorization(scopes) {
        switch (this.#challenge?.scheme) {
            case 'bearer':
                return `Bearer ${(await this.#token(this.#challenge, scopes)).value}`;
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
        this.#challenge = known('bearer') ?? known('basic') ?? this.#challenge;
        await this.#forget(refused);
        const next = await this.authorization(scopes);
        return next === refused ? undefined : next;
    }
    #basic() {
        const { credential } = this.#of;
        return credential?.kind === 'basic'
            ? basicAuthorization(credential.username, credential.password)
            : undefined;
    }
    async #token(challenge, scopes) {
        for (const [key, held] of this.#held) {
            if (!covers(held.scopes, scopes))
                continue;
            const token = await held.token.catch(() => undefined);
            if (token && token.expiresAt > this.#of.clock.now())
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
        throw new util_error/* UserError */.yo(`${registry.host} sends to ${url ? redacted(url) : 'no address'} for a token, which is not a safe place for credentials`, { hint: 'The registry must name an https address as its realm; its administrator can set that.' });
    }
}

;// CONCATENATED MODULE: ./lib/registry/retry.js

const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
const TRANSIENT_CODES = new Set([
    'TIMEOUT',
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
    if (!(failure instanceof RequestError))
        return false;
    if (failure.code !== undefined)
        return TRANSIENT_CODES.has(failure.code);
    return failure.status !== undefined && TRANSIENT_STATUS.has(failure.status);
}
/** Six tries over about half a minute: 1, 2, 4, 8 and 16 s, each less up to its half by chance. */
const retry_defaultRetry = {
    attempts: 6,
    isTransient,
    backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 - random / 2),
    longestWait: 120_000,
};

// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(44708);
;// CONCATENATED MODULE: ./lib/registry/exchange.js



/**
 * Sends one request and gives the answer as soon as its head is there, whatever its status. A failed connection is
 * a `RequestError`; a failure of the body's source is thrown as it is; an abort throws the signal's reason.
 */
function exchange(request, wire) {
    request.signal?.throwIfAborted();
    if (request.meter)
        request.meter.requests++;
    return new Promise((resolve, reject) => {
        const call = start(request, wire);
        let message;
        call.on('error', error => reject(connectionFailure(request, error)));
        call.once('response', answer => {
            message = answer;
            settle(call, answer);
            const { statusCode: status = 0, headers } = answer;
            resolve({ status, headers, request, body: answer });
        });
        watch(call, wire.timeouts, reason => {
            if (reason === 'idle' && isOurTurn(call, message))
                return;
            const { method, url } = request;
            const failure = new RequestError({
                method,
                url,
                code: 'TIMEOUT',
                reason: TIMED_OUT[reason](wire.timeouts),
            });
            const broken = message ?? call;
            broken.destroy(failure);
        });
        if (!request.body)
            call.end();
        else
            send(request.body, call, request.meter).catch(error => {
                reject(error);
                call.destroy();
            });
    });
}
/** The URL is taken apart by hand: Node.js would turn a user and password in it into an Authorization header. */
function start(request, { agents }) {
    const { method, url, headers, body, signal } = request;
    const secure = url.protocol === 'https:';
    const options = {
        method,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (secure ? 443 : 80),
        path: url.pathname + url.search,
        headers: { ...headers, ...contentLength(method, body) },
        ...(signal && { signal }),
    };
    return secure
        ? external_node_https_.request({ ...options, agent: agents.https })
        : external_node_http_.request({ ...options, agent: agents.http });
}
function contentLength(method, body) {
    if (body)
        return { 'content-length': String(body.size) };
    return method === 'POST' || method === 'PUT' ? { 'content-length': '0' } : {};
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
async function send(body, call, meter) {
    const source = body.open();
    let sent = 0;
    let over = false;
    const stop = () => {
        over = true;
        source.destroy();
    };
    call.once('close', stop).once('response', () => sent < body.size && stop());
    try {
        for await (const chunk of source) {
            sent += chunk.length;
            if (sent > body.size)
                throw new Error(`the body is longer than its ${body.size} bytes`);
            if (meter)
                meter.bytesSent += chunk.length;
            body.onSent?.(chunk.length);
            if (!call.write(chunk))
                await drained(call);
        }
        if (sent < body.size)
            throw new Error(`the body ended after ${sent} of its ${body.size} bytes`);
        call.end();
    }
    catch (error) {
        // Stopping the source makes reading it fail; the reason is told elsewhere.
        if (!over)
            throw error;
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
const TIMED_OUT = {
    connect: ({ connect }) => `no connection within ${connect / 1000} s`,
    idle: ({ idle }) => `nothing was sent or received for ${idle / 1000} s`,
};
function watch(call, timeouts, onTimeout) {
    call.once('socket', (socket) => {
        const stopConnecting = socket.connecting
            ? watchConnecting(socket, timeouts.connect, () => onTimeout('connect'))
            : undefined;
        const onIdle = () => {
            socket.setTimeout(timeouts.idle);
            onTimeout('idle');
        };
        socket.setTimeout(timeouts.idle).on('timeout', onIdle);
        call.once('close', () => {
            stopConnecting?.();
            socket.setTimeout(0).off('timeout', onIdle);
        });
    });
}
function watchConnecting(socket, ms, onTimeout) {
    const timer = setTimeout(onTimeout, ms);
    const stop = () => clearTimeout(timer);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop);
    return stop;
}
/** Whether the connection is idle because our own side has not written or read what it could. */
function isOurTurn(call, message) {
    if (message)
        return message.readableLength > 0;
    return !call.writableEnded && call.writableLength === 0;
}

;// CONCATENATED MODULE: ./lib/registry/transport.js







const TIMEOUTS = { connect: 30_000, idle: 120_000 };
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
/** HTTP with kept connections, which follows redirects and keeps credentials to the origin that they were meant for. */
class Transport {
    #wire;
    #insecure;
    constructor(options = {}) {
        this.#insecure = options.insecure ?? false;
        this.#wire = {
            agents: options.agents ?? {
                http: new external_node_http_.Agent({ keepAlive: true, scheduling: 'lifo' }),
                https: new external_node_https_.Agent({ keepAlive: true, scheduling: 'lifo' }),
            },
            timeouts: { ...TIMEOUTS, ...options.timeouts },
        };
    }
    /** Gives the answer whatever its status; throws `RequestError` when there is none, `UserError` for forbidden HTTP. */
    async send(request) {
        let next = { ...request, headers: { 'user-agent': 'nix-multiarch', ...request.headers } };
        for (let hops = 0;; hops++) {
            this.#guard(next.url);
            const response = await exchange(next, this.#wire);
            const target = redirectOf(response);
            if (!target)
                return response;
            await discard(response);
            if (hops === MOST_REDIRECTS)
                throw failed(response, `more than ${MOST_REDIRECTS} redirects`);
            next = { ...next, url: target, headers: headersFor(next, target) };
        }
    }
    /** Closes the kept connections. */
    close() {
        this.#wire.agents.http.destroy();
        this.#wire.agents.https.destroy();
    }
    #guard(url) {
        if (url.protocol === 'https:')
            return;
        if (url.protocol === 'http:' && (this.#insecure || isLoopback(url)))
            return;
        throw new util_error/* UserError */.yo(`${redacted(url)} would be reached without encryption`, {
            hint: 'If you trust the network between here and there, allow plain HTTP with --insecure.',
        });
    }
}
/** A request with a body may hold secrets or cost much, and so is never sent on to another origin. */
function redirectOf(response) {
    const { request, status } = response;
    const location = header(response, 'location');
    if (!REDIRECTS.has(status) || location === undefined)
        return undefined;
    const target = (0,util_url/* urlFrom */.s)(location, request.url);
    if (target === undefined)
        throw failed(response, 'the redirect names no address');
    if (request.method === 'GET' || request.method === 'HEAD')
        return target;
    const sameRequest = status === 307 || status === 308;
    return sameRequest && sameOrigin(request.url, target) ? target : undefined;
}
function headersFor({ url, headers }, target) {
    if (sameOrigin(url, target))
        return headers;
    const { authorization, ...rest } = headers;
    return rest;
}

;// CONCATENATED MODULE: ./lib/registry/client.js









/** What all repositories share: connections, credentials and tokens, and the patience with a registry's troubles. */
class client_Client {
    #of;
    #transport;
    #connections = new Map();
    #addresses = new Map();
    clock;
    retry;
    constructor(options = {}) {
        this.#of = options;
        this.#transport = new Transport(options);
        this.clock = options.clock ?? clock/* systemClock */.m;
        this.retry = options.retry ?? retry_defaultRetry;
    }
    /**
     * Makes a call and reads its answer, again and again as the retry policy has it. Throws `RequestError` for a failure
     * of the connection or a status that is not expected.
     */
    call(to, call, read) {
        const attempt = () => this.#attempt(to, call, read);
        return call.once ? attempt() : this.retrying(attempt, call.signal);
    }
    retrying(task, signal, retry = this.retry) {
        const onRetry = (failure, delay) => {
            if (failure instanceof RequestError)
                this.#of.onRetry?.(failure, delay);
        };
        return (0,util_retry/* retrying */.R)({ retry, clock: this.clock, signal, onRetry }, task);
    }
    /** Whose name requests to a repository bear. */
    async credential(of) {
        return (await this.#connection(of)).authorizer.credential;
    }
    /** Closes the kept connections. */
    close() {
        this.#transport.close();
    }
    async #attempt(to, call, read) {
        const response = await this.#authorized(await this.#connection(to), to, call);
        if (!call.expect.includes(response.status))
            throw await refusal(response, this.clock.now());
        return read(response);
    }
    /** Only the registry itself gets the Authorization header, and only its own 401 is answered. */
    async #authorized({ url, authorizer }, to, call) {
        const request = requestFor(url, to, call);
        if (!sameOrigin(request.url, url))
            return this.#transport.send(request);
        const scopes = scopesOf(to, call);
        const first = await unlessAborted(authorizer.authorization(scopes), call.signal);
        const response = await this.#transport.send(withAuthorization(request, first));
        if (response.status !== 401 || !sameOrigin(response.request.url, url))
            return response;
        try {
            const next = await unlessAborted(authorizer.answer(response, first, scopes), call.signal);
            if (next === undefined)
                return response;
            await discard(response);
            return await this.#transport.send(withAuthorization(request, next));
        }
        catch (error) {
            await discard(response);
            throw error;
        }
    }
    #connection(to) {
        return memoized(this.#connections, `${origin_canonicalRegistry(to.registry)}/${to.repository}`, async () => {
            const registry = await this.#address(to.registry);
            const credential = await this.#of.credentials?.(to);
            const send = (request) => this.#transport.send(request);
            const { onSecret } = this.#of;
            return {
                url: registry,
                authorizer: new Authorizer({ registry, credential, send, clock: this.clock, onSecret }),
            };
        });
    }
    /** Plain HTTP on this machine; elsewhere only where it is allowed and TLS is not spoken. */
    #address(registry) {
        return memoized(this.#addresses, origin_canonicalRegistry(registry), async () => {
            const [secure, plain] = [registryUrl(registry, 'https:'), registryUrl(registry, 'http:')];
            if (!this.#of.insecure)
                return isLoopback(plain) ? plain : secure;
            return (await this.#speaksTls(secure)) ? secure : plain;
        });
    }
    async #speaksTls(registry) {
        try {
            await discard(await this.#transport.send({ method: 'GET', url: new URL('v2/', registry), headers: {} }));
            return true;
        }
        catch (error) {
            return isCertificateProblem(error);
        }
    }
}
function requestFor(base, to, { method, target, headers = {}, body, signal, meter }) {
    const url = typeof target === 'string' ? new URL(`v2/${to.repository}/${target}`, base) : target;
    return { method, url, headers, ...(body && { body }), ...(signal && { signal }), ...(meter && { meter }) };
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
var external_node_os_ = __webpack_require__(48161);
;// CONCATENATED MODULE: ./lib/registry/credential-helper.js



/**
 * Asks `docker-credential-<name>` for a server's credential (docker-credential-helpers protocol: the server on standard
 * input, JSON on standard output). Throws `UserError` when the program fails, and when a registry's own is missing; none
 * found is `undefined`.
 */
async function credential_helper_askHelper({ name, own }, server, exec) {
    const program = `docker-credential-${name}`;
    const result = await exec(program, ['get'], { input: server }).catch(error => {
        // A configuration that came from another machine may name a keychain that this one does not have.
        if (!own && isMissing(error))
            return undefined;
        throw failure(program, server, messageOf(error));
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
    return error instanceof ProgramNotFound;
}
/** What the program wrote is never shown, since it holds the secret. */
function answerOf(program, server, stdout) {
    const { Username: username, Secret: secret } = unquotedFields(stdout);
    if (typeof username !== 'string' || typeof secret !== 'string')
        throw failure(program, server, 'its answer holds no Username and Secret');
    if (secret === '')
        return undefined;
    if (username === '<token>')
        return { kind: 'identity', token: secret, source: program };
    return { kind: 'basic', username, password: secret, source: program };
}
function failure(program, server, why) {
    return new UserError(`${program} gave no credentials for ${server}: ${why}`, {
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
async function docker_config_dockerConfigCredential(file, reference, exec) {
    const config = await readConfig(file);
    if (!config)
        return undefined;
    const helper = helperFor(config, reference);
    const found = helper && (await askHelper(helper, serverOf(reference), exec));
    return found || storedCredential(config, reference);
}
async function readConfig(file) {
    const text = await readFile(file, 'utf8').catch(error => {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR')
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
    return new UserError(`the credentials file ${file} is broken: ${why}`, {
        hint: 'Mend or remove the file, or log in again with `docker login`.',
        cause,
    });
}
function serverOf({ registry }) {
    const name = canonicalRegistry(registry);
    return name === 'docker.io' ? DOCKER_HUB_SERVER : name;
}
function helperFor({ file, credHelpers, credsStore }, reference) {
    const general = credsStore === undefined ? undefined : { name: credsStore, own: false };
    const key = findKey(credHelpers, canonicalRegistry(reference.registry));
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
    const host = canonicalRegistry(registry);
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
    return [canonicalRegistry(host), ...rest].join('/');
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
function credentials_credentialResolver(sources) {
    const resolvers = [explicit(sources), ...configFiles(sources.env).map(fromFile(sources)), github(sources)];
    return async (reference) => {
        for (const resolve of resolvers) {
            const credential = await resolve(reference);
            if (!credential)
                continue;
            for (const secret of secretsOf(credential))
                sources.onSecret?.(secret);
            return credential;
        }
        return undefined;
    };
}
function explicit({ explicit: given }) {
    return async ({ registry }) => {
        if (!given || canonicalRegistry(given.registry) !== canonicalRegistry(registry))
            return undefined;
        const { username, password } = given;
        return { kind: 'basic', username, password, source: 'the given username and password' };
    };
}
function github({ githubToken }) {
    return async ({ registry }) => {
        if (!githubToken?.token || canonicalRegistry(registry) !== 'ghcr.io')
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
    const home = env.HOME || homedir();
    return [
        env.REGISTRY_AUTH_FILE,
        env.DOCKER_CONFIG ? join(env.DOCKER_CONFIG, 'config.json') : join(home, '.docker', 'config.json'),
        env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
    ]
        .filter(file => file !== undefined)
        .filter(file => file !== '');
}

;// CONCATENATED MODULE: ./lib/command/retry-teller.js


/** Tells that something is tried again after so many milliseconds, so that a long wait is no riddle. */
function retry_teller_retryTeller({ log }) {
    return (failure, delay) => log.info(`${(0,util_error/* messageOf */.bD)(failure)}; trying again in ${(0,format/* formatSeconds */.Xo)(delay)}`);
}

;// CONCATENATED MODULE: ./lib/command/registry-client.js






/**
 * A registry client with the credentials that the inputs, the Docker configuration and GitHub give.
 *
 * @param attempts how often a request is made at most
 */
function registryClient(inputs, targets, host, attempts = defaultRetry.attempts) {
    const explicit = explicitCredential(inputs, targets);
    const token = inputs.githubToken ?? host.env.GITHUB_TOKEN;
    const onSecret = (value) => host.secret(value);
    const credentials = credentialResolver({
        ...(explicit && { explicit }),
        ...(token && { githubToken: { actor: host.env.GITHUB_ACTOR ?? 'token', token } }),
        env: host.env,
        exec,
        onSecret,
    });
    const retry = { ...defaultRetry, attempts };
    return new Client({ credentials, insecure: inputs.insecure, retry, onSecret, onRetry: retryTeller(host) });
}
/**
 * A registry client for what everybody may read.
 *
 * @param attempts how often a request is made at most
 */
function anonymousClient(host, attempts) {
    const retry = { ...retry_defaultRetry, attempts };
    return new client_Client({ retry, onSecret: value => host.secret(value), onRetry: retry_teller_retryTeller(host) });
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
        throw new UsageError('There is a password, but no `username`');
    if (password === undefined) {
        throw new UsageError('There is a `username`, but no password', {
            hint: 'On the command line it comes with --password-stdin, in an action with `password`.',
        });
    }
    const [registry, ...others] = new Set(targets.map(target => target.registry));
    if (registry === undefined)
        return undefined;
    if (others.length === 0)
        return { registry, username, password };
    throw new UsageError(`\`username\` is for one registry, but there are ${[registry, ...others].join(', ')}`, {
        hint: 'Use `docker login` or docker/login-action for each registry instead.',
    });
}

;// CONCATENATED MODULE: ./lib/command/provide-qemu.js








/** About four seconds without a network: the build may well be there already, and need no QEMU. */
const ATTEMPTS = 4;
/**
 * The sources of a run, for this machine.
 *
 * @param image a reference by digest
 */
function qemuSources(host, image, signal) {
    const { tools, temp, env, log } = host;
    const client = () => anonymousClient(host, ATTEMPTS);
    return { tools, temp, env, log, image, signal, exec: util_exec/* exec */.m0, machine: (0,system/* thisMachine */.g)(), client };
}
/** In the order in which they are tried. */
const WAYS = [
    { name: () => 'the package of this system', kept: keptFromPackage, take: takeFromPackage },
    { name: of => of.image, kept: keptFromImage, take: takeFromImage },
];
/**
 * Gets a static QEMU that runs a system's programs on this machine, and gives its path: one that is kept from an earlier run,
 * else out of the distribution's package, else out of an image in a registry. Throws a `UserError` with all reasons when
 * there is none.
 */
async function provideQemu(system, of) {
    for (const way of WAYS) {
        const kept = await way.kept(system, of);
        if (kept !== undefined)
            return kept;
    }
    const reasons = [];
    for (const way of WAYS) {
        const path = await attempt(way, system, of, reasons);
        if (path !== undefined)
            return path;
    }
    throw new util_error/* UserError */.yo(`There is no QEMU for ${system} to be had here: ${reasons.join('; ')}`, {
        hint: `To build for ${system}: ${explain/* OTHER_WAYS */.uJ}.`,
    });
}
async function attempt(way, system, of, reasons) {
    const began = Date.now();
    const from = `from ${way.name(of)}`;
    try {
        const path = await way.take(system, of);
        of.log.info(`QEMU for ${system}: taken ${from} in ${(0,format/* formatSeconds */.Xo)(Date.now() - began)}`);
        return path;
    }
    catch (error) {
        of.signal?.throwIfAborted();
        if (!(error instanceof util_error/* UserError */.yo || (0,util_error/* isSystemError */.Or)(error)))
            throw error;
        of.log.debug(`QEMU for ${system}: not ${from}: ${error.message}`);
        reasons.push(`${from}: ${error.message}`);
        return undefined;
    }
}


/***/ })

};
