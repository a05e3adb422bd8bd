import type { Plugin } from 'vite'

const mantine = /[\\/]@mantine[\\/]core[\\/]esm[\\/].*[\\/](\w+)\.module\.mjs$/
const entry = /[\\/]src[\\/]main\.tsx$/

/**
 * Brings the style sheet of each of Mantine's components along with the component, so that the first page waits for
 * those that it shows and not for all of them. The order is that of the imports: what a component is made of comes
 * before it. All are in one layer, over which the sheets of this app go wherever they are. The development server
 * bundles Mantine before any plugin sees it, and gets all sheets at once.
 */
export function mantineStyles(): Plugin {
  let building = true
  return {
    name: 'mantine-styles',
    configResolved({ command }) {
      building = command === 'build'
    },
    transform(code, id) {
      const [path = id] = id.split('?')
      const [, component] = mantine.exec(path) ?? []
      if (building && component !== undefined) {
        return { code: `import '@mantine/core/styles/${component}.layer.css'\n${code}`, map: null }
      }
      if (!building && entry.test(path)) {
        return { code: `import '@mantine/core/styles.layer.css'\n${code}`, map: null }
      }
      return null
    },
  }
}
