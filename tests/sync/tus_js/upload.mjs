// Sends one file with tus-js-client. Reads {url, token, file, metadata, options, stopAfter} as JSON
// from the standard input and prints {state, url, error} as JSON.
import { createReadStream, readFileSync, statSync } from 'node:fs'
import * as tus from 'tus-js-client'

const job = JSON.parse(readFileSync(0, 'utf8'))
const told = { state: 'aborted', url: null, error: null, requests: [] }

await new Promise((resolve) => {
  const upload = new tus.Upload(createReadStream(job.file), {
    endpoint: job.url,
    uploadSize: statSync(job.file).size,
    headers: { Authorization: `Bearer ${job.token}` },
    metadata: job.metadata,
    retryDelays: [0, 100, 200],
    ...job.options,
    onAfterResponse: (request, response) => {
      told.requests.push(`${request.getMethod()} ${response.getStatus()}`)
    },
    onChunkComplete: (size, accepted) => {
      if (job.stopAfter && accepted >= job.stopAfter) {
        upload.abort().then(() => {
          told.url = upload.url
          resolve()
        })
      }
    },
    onSuccess: () => {
      told.state = 'done'
      told.url = upload.url
      resolve()
    },
    onError: (error) => {
      told.state = 'failed'
      told.error = String(error)
      resolve()
    },
  })
  upload.start()
})
process.stdout.write(JSON.stringify(told))
