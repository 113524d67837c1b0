#!/usr/bin/env node
// render-summary.mjs SUMMARY.md PICTURE.png
//
// Renders a job summary like GitHub, for docs/images. It is not part of the build. It needs chromium on PATH (or $CHROMIUM), the
// Liberation fonts (Debian's fonts-liberation), and a folder $RENDER_MODULES in which these packages are installed:
//   npm install marked github-markdown-css mermaid
// It uses GitHub's style sheet and Mermaid. GitHub's extensions of Markdown are not supported.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const WIDTH = 1000
const TALLEST = 3000

const [summary, picture] = process.argv.slice(2)
const modules = resolve(process.env.RENDER_MODULES ?? '.', 'node_modules')
const { marked } = await import(createRequire(join(modules, 'x.js')).resolve('marked'))

/** Details are open, so that the picture shows their content. */
const body = marked
  .parse(readFileSync(summary, 'utf8'), { gfm: true })
  .replaceAll('<details>', '<details open>')
  .replace(/<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g, '<pre class="mermaid">$1</pre>')

const folder = mkdtempSync(join(tmpdir(), 'render-'))
const page = join(folder, 'page.html')

function draw(height) {
  const style = pathToFileURL(join(modules, 'github-markdown-css/github-markdown-light.css'))
  const mermaid = pathToFileURL(join(modules, 'mermaid/dist/mermaid.min.js'))
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="${style}">
<style>body { margin: 0; background: #fff } .markdown-body { padding: 24px; width: ${WIDTH - 48}px } pre.mermaid { background: none !important; padding: 0 !important }</style>
<article class="markdown-body">${body}</article><script src="${mermaid}"></script>
<script>mermaid.initialize({ startOnLoad: false, gantt: { useWidth: ${WIDTH - 60} } })
mermaid.run().finally(() => { document.title = document.querySelector('article').offsetHeight })</script>`,
  )
  const common = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--allow-file-access-from-files',
  ]
  const size = [`--window-size=${WIDTH},${height}`, '--virtual-time-budget=10000']
  const chromium = (...args) =>
    execFileSync(
      process.env.CHROMIUM ?? 'chromium',
      [...common, ...size, ...args, pathToFileURL(page).href],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
  return chromium
}

try {
  const [, tall] = /<title>(\d+)<\/title>/.exec(draw(TALLEST)('--dump-dom')) ?? []
  draw(Number(tall ?? TALLEST))(`--screenshot=${resolve(picture)}`)
} finally {
  rmSync(folder, { recursive: true })
}
