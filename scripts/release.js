/**
 * Releases the version that package.json names, in a checkout with the whole history:
 *
 *   node scripts/release.js
 *
 * Makes the Git tag `v<version>` at the commit (RELEASE_COMMIT, else HEAD), a GitHub release with the version's section of
 * CHANGELOG.md, and moves the plain tag `v<major>` to the newest stable version of that line. What is there is never changed,
 * `v<major>` aside, so this may run again, and goes on where a run broke off.
 *
 * Takes GITHUB_REPOSITORY, GITHUB_TOKEN and, where they are set, GITHUB_API_URL and GITHUB_SERVER_URL.
 */
import { sectionOf } from './release/changelog.js'
import { fileAt, git, isAncestor, remoteTags } from './release/git.js'
import { github } from './release/github.js'
import { isNewest, readVersion, stableVersions } from './release/version.js'

try {
  await main()
} catch (error) {
  console.error(`no release: ${error.message}`)
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
    return console.log(`${tag} is released already, from ${tagged}`)
  }
  // Before anything is done: without notes there is no release, and so no tag.
  const changelog = fileAt(tagged ?? commit, 'CHANGELOG.md')
  const notes = sectionOf(changelog, text)
  if (!notes && !tagged && sectionOf(changelog, 'Unreleased')) {
    return console.log(
      `nothing is released: CHANGELOG.md has what comes under "Unreleased", and nothing of ${text}`,
    )
  }
  if (!notes) throw new Error(`CHANGELOG.md says nothing of ${text}: give it a section "## ${text}"`)
  if (!tagged && !makeTag(tag, commit)) return
  const fields = { tag_name: tag, name: tag, body: notes, prerelease: version.prerelease !== undefined }
  const made = await github('POST', '/releases', {
    ...fields,
    make_latest: String(isNewest(version, remoteTags())),
  })
  console.log(made ? `${tag} is released: ${made.html_url}` : `another run has released ${tag}`)
}

/** `false` where another run has tagged another commit meanwhile. */
function makeTag(tag, commit) {
  try {
    git('push', 'origin', `${commit}:refs/tags/${tag}`)
    console.log(`${tag} is ${commit}`)
  } catch (error) {
    const there = remoteTags().get(tag)
    if (there === undefined) throw error
    console.log(`another run has just tagged ${tag}, at ${there}`)
    return there === commit
  }
  return true
}

/** Forward only: to the newest version, and to no commit that does not have the present one among its ancestors. */
function moveLine(major, tries = 3) {
  const tags = remoteTags()
  const line = `v${major}`
  const newest = stableVersions(tags).find(version => version.major === major)
  const [from, to] = [tags.get(line), newest && tags.get(newest.tag)]
  if (to === undefined || from === to) return
  if (from !== undefined && !isAncestor(from, to)) {
    return console.log(`${line} stays at ${from}, which is no ancestor of ${newest.tag}`)
  }
  try {
    // The lease makes it fail where somebody else has moved it meanwhile.
    git('push', `--force-with-lease=refs/tags/${line}:${from ?? ''}`, 'origin', `${to}:refs/tags/${line}`)
    console.log(`${line} is ${newest.tag}`)
  } catch (error) {
    if (tries === 1) throw error
    moveLine(major, tries - 1)
  }
}
