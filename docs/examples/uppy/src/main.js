import Uppy from '@uppy/core'
import Dashboard from '@uppy/dashboard'
import Tus from '@uppy/tus'

import '@uppy/core/css/style.min.css'
import '@uppy/dashboard/css/style.min.css'

import { describe, follow, limits, me, tusEndpoint } from './api.js'

const byId = (id) => document.getElementById(id)

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  const token = byId('token').value.trim()
  Promise.all([me(token), limits()])
    .then(([user, config]) => {
      byId('who').textContent = `Signed in as ${user.email}.`
      byId('sign-in').querySelector('button').disabled = true
      start(token, config)
    })
    .catch((error) => {
      byId('who').textContent = error.message
    })
})

function start(token, config) {
  const uppy = new Uppy({
    restrictions: { maxFileSize: config.limits.bytes, allowedFileTypes: config.acceptedTypes },
  })
  uppy.use(Dashboard, { target: '#uppy', inline: true, width: '100%', height: 380, proudlyDisplayPoweredByUppy: false })
  uppy.use(Tus, {
    endpoint: tusEndpoint,
    headers: { Authorization: `Bearer ${token}` },
    // Uppy sends a file's name as "filename", which is the key that Safelight reads.
    allowedMetaFields: ['name'],
    retryDelays: [0, 1000, 3000, 5000, 10_000],
    removeFingerprintOnSuccess: true,
    // The answer that ends an upload names it: the id of what happens to it from then on.
    onAfterResponse(_request, response) {
      const id = response.getHeader('Safelight-Upload-Id')
      if (id) {
        watch(token, id)
      }
    },
  })
  byId('uppy').hidden = false
}

const watched = new Set()

function watch(token, id) {
  if (watched.has(id)) {
    return // a HEAD after a break says it once more
  }
  watched.add(id)
  byId('results').hidden = false
  const line = byId('uploads').appendChild(document.createElement('li'))
  follow(token, id, (upload) => {
    line.dataset.state = upload.state
    line.textContent = `${upload.name}: ${describe(upload)}`
  }).catch((error) => {
    line.dataset.state = 'failed'
    line.textContent = error.message
  })
}
