package reference

const preface = `# Configuration

Written by ` + "`make generate`" + ` from ` + "`internal/config`" + `: change it there.

Every program reads its variables from the environment once, when it starts, and tells all that is wrong with them at once,
by name. ` + "`api`" + ` and ` + "`worker`" + ` are the two services; ` + "`migrate`, `admin` and `inspect`" + ` are commands of ` + "`safelight`" + `. Durations are written like
` + "`90s`, `15m` or `720h`" + `, sizes in bytes.

` + "`ENVIRONMENT=production`" + `, which is the default, refuses to start with

- secrets that are short, made of few characters, repeat themselves or hold a word of examples; passwords that databases are
  installed with or of less than 12 characters; the keys of Supabase's examples, and those of another role than ` + "`service_role`" + `;
- a ` + "`PUBLIC_URL`" + ` that is missing or not https, since cookies without ` + "`Secure`" + ` can be read on the way;
- ` + "`TRUSTED_PROXIES`" + ` not stated: something has to speak TLS before the API, and its address would be taken for everybody's.

Secrets are shown as ` + "`[redacted]`" + ` wherever a configuration is printed or logged. How keys are rolled, and a checklist for each
way to run Safelight, is in [DEPLOY.md](DEPLOY.md).
`

// others are variables that are read past package config, by what is no service.
const others = `
## Other programs

What is read where no service runs: by the commands for people, the scripts, the builds and the tests.

| variable | read by | meaning |
|---|---|---|
| ` + "`SAFELIGHT_TOKEN`" + ` | ` + "`safelight upload`" + ` | A personal access token to sign in with. **Secret.** |
| ` + "`SAFELIGHT_CACHE`, `XDG_CACHE_HOME`" + ` | scripts, ` + "`safelight dev`" + ` | Where built tools are kept. Default: ` + "`~/.cache`" + `. |
| ` + "`VITE_API_URL`" + ` | build of the web app | Where the API is, when the app is served from elsewhere. |
| ` + "`SAFELIGHT_API`" + ` | ` + "`npm run dev`" + ` | The API that the development server of the web app passes requests on to. |
| ` + "`SAFELIGHT_TEST_DATABASE_URL`, `SAFELIGHT_TEST_CLAMD_ADDRESS`, `SAFELIGHT_TEST_TEMPORAL_ADDRESS`" + ` | tests | Services to test against, instead of those that are started for it. |
| ` + "`SAFELIGHT_TEST_SUPABASE_URL`, `SAFELIGHT_TEST_SUPABASE_KEY`" + ` | tests | A real Supabase Storage to test the driver against. |
| ` + "`SAFELIGHT_E2E_STORE`" + ` | tests | ` + "`supabase`" + ` runs those of the whole system on a double of Supabase Storage. Default: a folder. |
| ` + "`SAFELIGHT_CORPUS`" + ` | tests, ` + "`make bench`" + ` | A folder of pictures to work through. |
| ` + "`SAFELIGHT_RECORD_HISTORIES`" + ` | tests | Where the histories of a release are recorded, see the [runbook](runbook.md). |
| ` + "`SAFELIGHT_UPDATE_DOCS`" + ` | tests | Has the table of metrics in [OBSERVABILITY.md](OBSERVABILITY.md) written anew. |
| ` + "`WEBHOOK_SECRET`" + ` | the [example](examples/webhook-receiver) of a receiver | The secret of the webhook. **Secret.** |

` + "`safelight dev`" + ` (` + "`make run`" + `) starts what ` + "`DATABASE_URL`, `TEMPORAL_ADDRESS`, `CLAMD_ADDRESS` and `STORAGE_URL`" + ` do not name, hands every
other variable on to API and worker, and sets ` + "`ENVIRONMENT=development`" + ` and ` + "`JWT_KEYS`" + ` where they are not given. A Temporal server that is
named to it is looked for without TLS.
`
