import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app/base.css'

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from './app/App'
import { startI18n } from './app/i18n'

const root = document.getElementById('root')
if (root === null) {
  throw new Error('the page has no #root')
}
await startI18n()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
