import { Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly description?: ReactNode
  /** What can be done on this page. */
  readonly children?: ReactNode
}

/** The head of a page. It names the browser's tab too. */
export function PageHeader({ title, description, children }: Props) {
  return (
    <Group justify="space-between" align="flex-start" mb="md" gap="sm">
      <title>{`${title} · Safelight`}</title>
      <Stack gap={2}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {description !== undefined && (
          <Text c="dimmed" size="sm" component="div">
            {description}
          </Text>
        )}
      </Stack>
      {children !== undefined && <Group gap="xs">{children}</Group>}
    </Group>
  )
}
