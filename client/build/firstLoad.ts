import type { Plugin, Rolldown } from 'vite'

/** The modules whose chunks a visitor may need besides those that index.html names, by who needs them. */
interface Modules {
  /** Of everybody who is signed in. */
  readonly inside: readonly string[]
  /** Catalogues of messages, by language. */
  readonly words: Readonly<Record<string, { readonly outside: readonly string[]; readonly inside: readonly string[] }>>
}

const place = /(<script type="application\/json" id="first-load">)[^<]*(<\/script>)/

/**
 * Tells start.js by a list in index.html which chunks hold these modules, so that they are on their way together with
 * the scripts that are going to ask for them.
 */
export function firstLoad({ inside, words }: Modules): Plugin {
  let api = ''
  return {
    name: 'first-load',
    apply: 'build',
    configResolved({ env }) {
      api = typeof env.VITE_API_URL === 'string' ? env.VITE_API_URL : ''
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {}, chunk }) {
        const known = new Set(chunk === undefined ? [] : filesOf(bundle, chunk))
        const load = (modules: readonly string[]) => {
          const files = new Set(modules.flatMap((path) => filesOf(bundle, holder(bundle, path))))
          return [...files].filter((name) => !known.has(name))
        }
        const list = {
          api,
          inside: load(inside),
          words: Object.fromEntries(
            Object.entries(words).map(([language, { outside, inside: more }]) => [
              language,
              { outside: load(outside), inside: load(more).filter((name) => !load(outside).includes(name)) },
            ]),
          ),
        }
        if (!place.test(html)) {
          throw new Error('index.html has no place for the list of first-load')
        }
        return html.replace(place, (_, open: string, close: string) => open + JSON.stringify(list) + close)
      },
    },
  }
}

function holder(bundle: Rolldown.OutputBundle, path: string): Rolldown.OutputChunk {
  for (const output of Object.values(bundle)) {
    if (output.type === 'chunk' && output.moduleIds.some((id) => id.endsWith(path))) {
      return output
    }
  }
  throw new Error(`no chunk holds ${path}`)
}

/** The addresses of a chunk, of what it imports, and of their style sheets. */
function filesOf(bundle: Rolldown.OutputBundle, from: Rolldown.OutputChunk): string[] {
  const names = new Set<string>()
  const visit = (chunk: Rolldown.OutputChunk) => {
    if (names.has(chunk.fileName)) {
      return
    }
    names.add(chunk.fileName)
    chunk.viteMetadata?.importedCss.forEach((name) => names.add(name))
    for (const name of chunk.imports) {
      const next = bundle[name]
      if (next?.type === 'chunk') {
        visit(next)
      }
    }
  }
  visit(from)
  return [...names].map((name) => `/${name}`)
}
