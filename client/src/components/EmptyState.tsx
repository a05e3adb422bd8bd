import { Stack, Text, ThemeIcon, Title } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  readonly icon: ReactNode
  readonly title: string
  /** What to do next. */
  readonly children?: ReactNode
  readonly action?: ReactNode
  /** Whether it is all that the page has, and its title that of the page. */
  readonly wholePage?: boolean
}

/** What a page shows that has nothing to show: why, and what to do next. */
export function EmptyState({ icon, title, children, action, wholePage = false }: Props) {
  return (
    <Stack align="center" gap="sm" py={64} px="md" ta="center">
      <ThemeIcon size={72} radius="xl" variant="light" aria-hidden>
        {icon}
      </ThemeIcon>
      <Title order={wholePage ? 1 : 2} size="h3">
        {title}
      </Title>
      {children !== undefined && (
        <Text c="dimmed" maw={440}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  )
}
