/**
 * Releases the version in package.json. Run it in a checkout with the full history:
 *
 *   node scripts/release.js
 *
 * Creates the Git tag `v<version>` at the commit (RELEASE_COMMIT, default: HEAD) and a GitHub release with the version's section
 * of CHANGELOG.md, and moves the tag `v<major>` to the newest stable version with this major version. Other existing tags and
 * releases are never changed, so it can be run again, for example after a failure.
 *
 * Needs GITHUB_REPOSITORY and GITHUB_TOKEN. GITHUB_API_URL and GITHUB_SERVER_URL are optional.
 */
import { sectionOf } from './release/changelog.js'
import { fileAt, git, isAncestor, remoteTags } from './release/git.js'
import { github } from './release/github.js'
import { isNewest, readVersion, stableVersions } from './release/version.js'

try {
  await main()
} catch (error) {
  console.error(`Release failed: ${error.message}`)
  process.exitCode = 1
}

async function main() {
  const commit = git('rev-parse', '--verify', `${process.env.RELEASE_COMMIT || 'HEAD'}^{commit}`)
  const version = readVersion(JSON.parse(fileAt(commit, 'package.json')).version)
  if (!version) throw new Error('package.json has no version such as 1.2.3')
  await release(version, commit)
  if (!version.prerelease) moveLine(version.major)
}

async function release(version, commit) {
  const { tag, text } = version
  const tagged = remoteTags().get(tag)
  if (tagged && (await github('GET', `/releases/tags/${encodeURIComponent(tag)}`))) {
    return console.log(`${tag} is already released, from commit ${tagged}`)
  }
  // Check the release notes first: without them, neither a tag nor a release is created.
  const changelog = fileAt(tagged ?? commit, 'CHANGELOG.md')
  const notes = sectionOf(changelog, text)
  if (!notes && !tagged && sectionOf(changelog, 'Unreleased')) {
    return console.log(`Nothing to release: CHANGELOG.md has a section "Unreleased" but no section "${text}"`)
  }
  if (!notes) throw new Error(`CHANGELOG.md has no text for ${text}: add a section "## ${text}"`)
  if (!tagged && !makeTag(tag, commit)) return
  const fields = { tag_name: tag, name: tag, body: notes, prerelease: version.prerelease !== undefined }
  const made = await github('POST', '/releases', {
    ...fields,
    make_latest: String(isNewest(version, remoteTags())),
  })
  console.log(made ? `${tag} is released: ${made.html_url}` : `another run has released ${tag}`)
}

/** Returns `false` if another run has tagged another commit in the meantime. */
function makeTag(tag, commit) {
  try {
    git('push', 'origin', `${commit}:refs/tags/${tag}`)
    console.log(`${tag} is ${commit}`)
  } catch (error) {
    const there = remoteTags().get(tag)
    if (there === undefined) throw error
    console.log(`another run has tagged commit ${there} as ${tag}`)
    return there === commit
  }
  return true
}

/** Moves the tag to the newest version, but only if its current commit is an ancestor of that version. */
function moveLine(major, tries = 3) {
  const tags = remoteTags()
  const line = `v${major}`
  const newest = stableVersions(tags).find(version => version.major === major)
  const [from, to] = [tags.get(line), newest && tags.get(newest.tag)]
  if (to === undefined || from === to) return
  if (from !== undefined && !isAncestor(from, to)) {
    return console.log(`${line} is not moved: its commit ${from} is not an ancestor of ${newest.tag}`)
  }
  try {
    // With the lease, the push fails if another run has moved the tag in the meantime.
    git('push', `--force-with-lease=refs/tags/${line}:${from ?? ''}`, 'origin', `${to}:refs/tags/${line}`)
    console.log(`${line} is ${newest.tag}`)
  } catch (error) {
    if (tries === 1) throw error
    moveLine(major, tries - 1)
  }
}
