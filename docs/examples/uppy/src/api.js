// The three calls that this page makes itself; Uppy makes those of the upload.

// Where the API is: where the page came from, unless VITE_SAFELIGHT_URL says otherwise.
const base = `${import.meta.env.VITE_SAFELIGHT_URL ?? ''}/api/v1`

/** @param {string} token @param {string} path */
async function get(token, path) {
  const answer = await fetch(base + path, {
    headers: token === '' ? {} : { Authorization: `Bearer ${token}` },
    credentials: 'omit', // a token is all: the cookies of somebody who is signed in here are not meant
  })
  const body = await answer.json()
  if (!answer.ok) {
    throw new Error(body.detail ?? `The server answered ${answer.status}.`)
  }
  return body
}

export const tusEndpoint = `${base}/uploads/tus/`

export const me = (token) => get(token, '/me')

/** What the server takes: it judges by content, so that this only saves trouble. */
export const limits = () => get('', '/config')

/** Looks at an upload until nothing more happens to it by itself, and shows each picture of it. */
export async function follow(token, id, show) {
  for (;;) {
    const upload = await get(token, `/uploads/${id}`)
    show(upload)
    if (upload.state !== 'receiving' && upload.state !== 'processing') {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** @returns {string} what to tell a person of an upload */
export function describe(upload) {
  switch (upload.state) {
    case 'done':
      return { created: 'stored', duplicate: 'you had it already', restored: 'back from the trash' }[upload.outcome] ?? upload.outcome
    case 'rejected':
      return `rejected: ${upload.rejection.detail}`
    case 'stalled':
      return 'waits for an administrator'
    default: {
      const step = upload.steps.find(({ state }) => state === 'running' || state === 'retrying')
      return `${upload.state}, ${upload.percent} %${step === undefined ? '' : `, ${step.name}`}`
    }
  }
}
