// Uploads files in parallel with tus-js-client, stopping and going on at random
// points. What it is to do comes as JSON in the first argument:
// {endpoint, token, chunkSize, stops, files: [path]}. It prints
// [{file, id, url, stops, failures}] when all are through, and fails if one is not.
import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { basename } from 'node:path'
import * as tus from 'tus-js-client'

const { endpoint, token, chunkSize, stops, files } = JSON.parse(process.argv[2])

// A connection per request, so that each may come to another process.
const httpStack = new tus.DefaultHttpStack({ agent: new Agent({ keepAlive: false }) })

function send(file) {
  return new Promise((resolve, reject) => {
    const data = readFileSync(file)
    const result = { file, id: null, url: null, stops: 0, failures: 0 }
    // One point by chance in each of as many stretches, further apart than a chunk.
    const stretch = (data.length * 0.9) / stops
    const points = Array.from({ length: stops }, (_, i) => (i + 0.25 + Math.random() / 2) * stretch)
    const upload = new tus.Upload(data, {
      endpoint,
      chunkSize,
      httpStack,
      headers: { Authorization: `Bearer ${token}` },
      metadata: { filename: basename(file), filetype: 'image/png' },
      retryDelays: Array.from({ length: 60 }, (_, i) => Math.min(50 * i, 1000)),
      onShouldRetry: (err) => {
        result.failures++
        const status = err.originalResponse?.getStatus() ?? 0
        return status < 400 || status >= 500 || status === 409 || status === 423
      },
      onAfterResponse: (_, res) => {
        result.id = res.getHeader('Safelight-Upload-Id') ?? result.id
      },
      onProgress: (sent) => {
        if (result.stops >= stops || sent < points[result.stops]) return
        result.stops++
        // In the middle of a chunk, and on again at once: it asks for the offset.
        upload.abort().then(() => setTimeout(() => upload.start(), Math.random() * 200), reject)
      },
      onSuccess: () => resolve({ ...result, url: upload.url }),
      onError: (err) => reject(new Error(`${file}: ${err}`)),
    })
    upload.start()
  })
}

try {
  console.log(JSON.stringify(await Promise.all(files.map(send))))
} catch (err) {
  console.error(String(err))
  process.exit(1)
}
