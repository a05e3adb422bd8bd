import './app/base.css'
import '@mantine/core/styles/baseline.layer.css'
import '@mantine/core/styles/default-css-variables.layer.css'
import '@mantine/core/styles/global.layer.css'

import { startTransition, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from './app/App'
import { startI18n } from './app/i18n'
import { createQueryClient } from './app/queryClient'
import { createRouter, untilReady } from './app/router'

const root = document.getElementById('root')
if (root === null) {
  throw new Error('the page has no #root')
}
const client = createQueryClient()
const router = createRouter(client)
await Promise.all([startI18n(), untilReady(router)])
// In slices: a slow phone answers its user in between.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <App client={client} router={router} />
    </StrictMode>,
  ),
)
