import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import i18next from 'i18next'
import { type ComponentProps, type ReactNode, Suspense } from 'react'
import { initReactI18next } from 'react-i18next'
import { createMemoryRouter, RouterProvider } from 'react-router'

import type { Catalogue } from '../lib/i18n/catalogue'
import common from '../lib/i18n/messages/en'

interface Options {
  /** Messages of the feature under test, by its namespace. */
  readonly messages?: Readonly<Record<string, Catalogue>>
  readonly client?: QueryClient
}

/** Renders an element as the page at a path, within the providers that pages have, in English. */
export async function renderApp(
  element: ReactNode,
  { path = '/', ...options }: Options & { readonly path?: string } = {},
) {
  const router = createMemoryRouter([{ path: '*', element }], { initialEntries: [path] })
  return { ...(await renderRouter(router, options)), router }
}

/** Renders the pages of a router within the providers that they have, in English. */
export async function renderRouter(
  router: ComponentProps<typeof RouterProvider>['router'],
  { messages = {}, client = testClient() }: Options = {},
) {
  const i18n = i18next.createInstance()
  await i18n.use(initReactI18next).init({
    lng: 'en',
    defaultNS: 'common',
    resources: { en: { common, ...messages } },
    interpolation: { escapeValue: false },
  })
  const view = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <Notifications />
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>,
  )
  return { ...view, client }
}

/** A cache that neither retries nor forgets while a test looks. */
export function testClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } })
}
