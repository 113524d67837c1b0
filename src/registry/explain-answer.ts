import { isIndexType } from '../oci/media-type.js'
import { deed, type Explanation, nameOf, onGhcr, who } from './explanation.js'

export const REFUSED: ReadonlySet<number> = new Set([401, 403])

/** Answers that are none that was hoped for. The first that matches explains. */
export const ANSWERS: readonly Explanation[] = [
  {
    matches: ({ status = 0 }, at) =>
      REFUSED.has(status) && at.access === 'push' && onGhcr(at) && !!at.credential,
    says: at => `ghcr.io does not let ${who(at)} write to ${at.reference.repository}`,
    hint: ({ reference, credential }) =>
      [
        'Two things can be missing. (1) The job needs `permissions: packages: write`',
        credential?.source === 'GITHUB_TOKEN' ? '.' : ', or the personal token the scope `write:packages`.',
        ` (2) If ${reference.repository} was first pushed by hand or from another repository, open the package's`,
        ' settings on GitHub and, under "Manage Actions access", add this repository with the Write role.',
        ' In an organisation, its settings must also let members create packages.',
      ].join(''),
  },
  {
    matches: ({ status = 0 }, { credential }) => REFUSED.has(status) && !credential,
    says: at =>
      `${at.reference.registry} does not let anonymous users ${deed(at)} ${at.reference.repository}`,
    hint: ({ reference }) =>
      `No credentials were found for ${reference.registry}: give a username and a password, or run \`docker login ${reference.registry}\`.`,
  },
  {
    matches: ({ status }) => status === 401,
    says: at => `${at.reference.registry} does not accept the credentials of ${who(at)}`,
    hint: ({ reference, credential }) =>
      `Check the credentials from ${credential?.source}; they may have expired, or may not be allowed to use ${reference.repository}.`,
  },
  {
    matches: ({ status }) => status === 403,
    says: at => `${at.reference.registry} does not let ${who(at)} ${deed(at)} ${at.reference.repository}`,
    hint: ({ reference }) =>
      `Give this account the right to use ${nameOf(reference)}, or use another account.`,
  },
  {
    matches: ({ status }) => status === 413,
    says: ({ reference }) => `${reference.registry} does not take anything this large`,
    hint: () =>
      'Make the layer smaller, or raise the limit of the registry or of the proxy before it (in nginx: client_max_body_size).',
  },
  {
    matches: failure =>
      failure.complains('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN') && failure.method === 'PUT',
    says: ({ reference }) => `${nameOf(reference)} lost a part of the image while it was being pushed`,
    hint: () => 'Something else deletes or pushes here at the same time. Let one job push, and run it again.',
  },
  {
    matches: (failure, { sending }) =>
      sending !== undefined &&
      ([405, 406, 415].includes(failure.status ?? 0) ||
        ([400, 404, 422].includes(failure.status ?? 0) &&
          failure.complains('MANIFEST_INVALID', 'UNSUPPORTED'))),
    says: ({ reference, sending = '' }) =>
      `${reference.registry} does not take ${isIndexType(sending) ? 'an OCI image index' : 'this OCI image manifest'} (${sending})`,
    hint: () =>
      'The registry must support the OCI image specification; see whether there is a newer version of it, or a setting. A mirror or cache of another registry takes no pushes.',
  },
  {
    matches: (failure, { access }) =>
      access === 'push' && (failure.status === 405 || failure.complains('UNSUPPORTED')),
    says: ({ reference }) => `${reference.registry} does not take uploads`,
    hint: () =>
      'A mirror or cache of another registry takes no pushes, nor does one that is set to be read-only: push to the registry itself.',
  },
  {
    matches: ({ status }) => status === 404,
    says: ({ reference }) => `${nameOf(reference)} was not found`,
    hint: ({ access }) =>
      access === 'push'
        ? 'Check the name. Some registries want a repository to be created before the first push.'
        : 'Check the name. Some registries also answer so when credentials are missing.',
  },
  {
    matches: ({ status }) => status === 429,
    says: ({ reference }) => `${reference.registry} limits the rate of requests`,
    hint: ({ credential }) =>
      credential
        ? 'Wait a while and try again, with fewer jobs at once.'
        : 'Wait a while and try again, or log in: accounts have higher limits than anonymous users.',
  },
  {
    matches: ({ status = 0 }) => status >= 500,
    says: ({ reference }) => `${reference.registry} has trouble of its own`,
    hint: at => `Try again later${onGhcr(at) ? '; https://www.githubstatus.com tells about outages' : ''}.`,
  },
  {
    matches: () => true,
    says: ({ reference }) => `${nameOf(reference)}: the registry gave an answer that is no use`,
    hint: () => 'Check that the address is that of an OCI registry.',
  },
]
