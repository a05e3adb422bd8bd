import { defineConfig } from 'vite'

// The page and the API have one origin, as behind one proxy in production. Then
// no CORS is needed; see README.md for a page that is somewhere else.
export default defineConfig({
  server: { proxy: { '/api': process.env.SAFELIGHT_URL ?? 'http://127.0.0.1:8080' } },
})
