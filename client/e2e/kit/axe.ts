import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Violation = { id: string; help: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }

/**
 * Looks for what keeps people out: WCAG 2.2 A and AA, and axe's best practices. The script is evaluated by the
 * debugger, which the page's policy does not concern.
 */
export async function assertAccessible(page: Page, where = page.url()): Promise<void> {
  await page.evaluate(source)
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (d: Document, o: object) => Promise<{ violations: Violation[] }> }
    }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const result = await axe.run(document, { runOnly: { type: 'tag', values: tags } })
    return result.violations
  })
  if (violations.length > 0) {
    const lines = violations.map(({ id, help, impact, nodes }) => {
      const places = nodes
        .slice(0, 5)
        .map((node) => `    ${node.html.slice(0, 200)}\n      ${node.failureSummary ?? ''}`)
      return `  ${id} (${impact ?? 'minor'}): ${help}, ${nodes.length} places\n${places.join('\n')}`
    })
    throw new Error(`axe found on ${where}:\n${lines.join('\n')}`)
  }
}
