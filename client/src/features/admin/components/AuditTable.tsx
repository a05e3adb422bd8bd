import { ActionIcon, Anchor, Code, Group, Stack, Text } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { RelativeTime } from '../../../components/Time'
import type { AuditLine } from '../../../lib/api/types'
import { type Column, DataTable } from './DataTable'

export function AuditTable({ lines }: { readonly lines: readonly AuditLine[] }) {
  const { t } = useTranslation('admin')
  const [openId, setOpenId] = useState<string | null>(null)
  const columns: readonly Column<AuditLine>[] = [
    {
      key: 'action',
      header: t('audit.action'),
      title: true,
      cell: ({ id, action }) => (
        <Group gap={6} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            c="inherit"
            aria-expanded={id === openId}
            aria-label={t('audit.detailsOf', { action })}
            onClick={() => setOpenId(id === openId ? null : id)}
          >
            {id === openId ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          </ActionIcon>
          <Code fz="sm">{action}</Code>
        </Group>
      ),
    },
    {
      key: 'actor',
      header: t('audit.actor'),
      cell: ({ actorId, actorEmail }) =>
        actorId === null ? (
          t('common.system')
        ) : (
          <Anchor component={Link} to={`/admin/audit?actorId=${actorId}`} size="sm" truncate display="block" maw={220}>
            {actorEmail}
          </Anchor>
        ),
    },
    { key: 'target', header: t('audit.target'), cell: (line) => <Target line={line} /> },
    { key: 'from', header: t('audit.from'), cell: ({ ip }) => ip || '–' },
    { key: 'when', header: t('common.when'), cell: ({ at }) => <RelativeTime value={at} /> },
  ]
  return (
    <DataTable
      label={t('audit.title')}
      columns={columns}
      rows={lines}
      details={(line) => (line.id === openId ? <Details line={line} /> : null)}
    />
  )
}

/** What it was done to: its name where the line knows one. */
function Target({ line: { targetKind, targetId, details } }: { readonly line: AuditLine }) {
  const known = [details.email, details.name, details.url].find((value) => typeof value === 'string')
  return (
    <Stack gap={0} miw={0}>
      <Text size="sm">{targetKind}</Text>
      <Text size="xs" c="dimmed" truncate maw={220} title={targetId}>
        {known ?? `…${targetId.slice(-12)}`}
      </Text>
    </Stack>
  )
}

function Details({ line: { details, targetId, requestId } }: { readonly line: AuditLine }) {
  const { t } = useTranslation('admin')
  const facts: readonly (readonly [string, unknown])[] = [
    ...Object.entries(details),
    [t('audit.target'), targetId],
    [t('audit.request'), requestId],
  ]
  return (
    <Stack component="dl" gap={4} m={0}>
      {facts.map(([name, value]) => (
        <Group key={name} gap="xs" align="baseline">
          <Text component="dt" size="xs" c="dimmed" w={140}>
            {name}
          </Text>
          <Text component="dd" size="sm" m={0} ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {typeof value === 'string' ? value || '–' : JSON.stringify(value)}
          </Text>
        </Group>
      ))}
    </Stack>
  )
}
