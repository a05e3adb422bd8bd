import { readFile } from 'node:fs/promises'

import type { Plugin } from 'vite'

// On Vercel the policy of the pages is in vercel.json, which knows no variables: a build whose pages would be kept from
// their own API ends here, and not in front of people.
export function policyNamesTheApi(): Plugin {
  return {
    name: 'policy-names-the-api',
    apply: 'build',
    async buildStart() {
      if (process.env.VERCEL === undefined) {
        return
      }
      if (process.env.VITE_API_URL === undefined) {
        this.error('VITE_API_URL is not set: say where the API is, such as https://api.example.org')
      }
      const { origin } = new URL(process.env.VITE_API_URL)
      const policy = await readFile('vercel.json', 'utf8')
      if (policy.includes('https://project.supabase.co')) {
        this.error('the Content-Security-Policy in vercel.json names an example: write the origin of STORAGE_URL there')
      }
      if (!policy.includes(`connect-src 'self' ${origin};`)) {
        this.error(
          `the Content-Security-Policy in vercel.json does not name ${origin}: write it there, in place of the example`,
        )
      }
    },
  }
}
