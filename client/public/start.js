// What is done before the scripts of the page are here. It is a file of its own because the pages allow no inline
// scripts, and short because the page waits for it.
;(() => {
  const remembered = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null // storage can be switched off
    }
  }

  // The colours, before the first paint: a dark page does not flash white.
  const wanted = remembered('mantine-color-scheme-value') ?? 'auto'
  const dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')

  // What this visitor will need. A wrong guess costs a few bytes and no more. The development server has no list.
  const { api, words, inside } = JSON.parse(document.getElementById('first-load').textContent)
  if (words === undefined) {
    return
  }
  const path = location.pathname
  const atTheDoor = path === '/login' || path === '/register'
  const known = remembered('safelight.signed-in') !== null
  const languages = [remembered('safelight.language'), ...navigator.languages.map((tag) => tag.split('-')[0])]
  const language = languages.find((code) => Object.hasOwn(words, code)) ?? 'en'

  const load = (names) => {
    for (const name of names) {
      const link = document.createElement('link')
      link.href = name
      link.crossOrigin = ''
      if (name.endsWith('.css')) {
        link.rel = 'preload'
        link.as = 'style'
      } else {
        link.rel = 'modulepreload'
      }
      document.head.append(link)
    }
  }
  const asked = new Map()
  const ask = (what) => {
    const answer = fetch(api + what, { credentials: 'include' })
    answer.catch(() => undefined) // whoever takes it finds out
    asked.set(what, answer)
  }

  load(words[language].outside)
  if (known && !atTheDoor) {
    load([...inside, ...words[language].inside])
  }
  if (path !== '/reset') {
    if (known || !atTheDoor) {
      ask('/api/v1/me')
    }
    if (!known) {
      ask('/api/v1/config')
    }
    // lib/api/asked.ts takes them, but nothing that has become old.
    window.asked = asked
    setTimeout(() => asked.clear(), 15_000)
  }
})()
