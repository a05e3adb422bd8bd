import { ActionIcon, Badge, Group, Paper, Table, Text, VisuallyHidden } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { RelativeTime } from '../../../components/Time'
import type { Token } from '../../../lib/api/types'

interface Props {
  readonly tokens: readonly Token[]
  readonly onDelete: (token: Token) => void
}

export function TokenTable({ tokens, onDelete }: Props) {
  const { t } = useTranslation('settings')
  return (
    <Paper withBorder radius="lg" p={4}>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing="sm" aria-label={t('tokensPage.list')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('tokensPage.columnName')}</Table.Th>
              <Table.Th>{t('tokensPage.columnScopes')}</Table.Th>
              <Table.Th>{t('tokensPage.columnUsed')}</Table.Th>
              <Table.Th>{t('tokensPage.columnExpires')}</Table.Th>
              <Table.Th>
                <VisuallyHidden>{t('tokensPage.columnActions')}</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.map((token) => (
              <Row key={token.id} token={token} onDelete={onDelete} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function Row({ token, onDelete }: { readonly token: Token; readonly onDelete: (token: Token) => void }) {
  const { t } = useTranslation('settings')
  const { name, scopes, createdAt, lastUsedAt, expiresAt } = token
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {t('tokensPage.created')} <RelativeTime value={createdAt} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {scopes.map((scope) => (
            <Badge key={scope} variant="light" color={scope === 'admin' ? 'red' : 'gray'} tt="none">
              {t(`tokensPage.${scope}`)}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>{lastUsedAt === null ? t('tokensPage.never') : <RelativeTime value={lastUsedAt} />}</Table.Td>
      <Table.Td>
        <Expiry at={expiresAt} />
      </Table.Td>
      <Table.Td ta="end">
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={t('tokensPage.deleteLabel', { name })}
          onClick={() => onDelete(token)}
        >
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  )
}

function Expiry({ at }: { readonly at: string | null }) {
  const { t } = useTranslation('settings')
  // The list is as old as its loading; a token that runs out meanwhile is told by the time itself.
  if (at === null) {
    return t('tokensPage.never')
  }
  return <RelativeTime value={at} />
}
