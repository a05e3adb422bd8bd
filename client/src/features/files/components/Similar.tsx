import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { Loading } from '../../../components/Loading'
import { Picture } from '../../../components/Picture'
import { ProblemAlert } from '../../../components/ProblemAlert'
import { similarQuery } from '../api/similar'
import { fileLink } from '../listParams'
import { Section } from './Section'
import classes from './Similar.module.css'

/** Up to this distance two pictures are told apart only side by side. */
const veryAlike = 6

/** Other files that look like one. */
export function Similar({ id }: { readonly id: string }) {
  const { t } = useTranslation('files')
  const { data, isPending, error, refetch } = useQuery(similarQuery(id))
  const word = (distance: number) =>
    t(distance === 0 ? 'similar.same' : distance <= veryAlike ? 'similar.alike' : 'similar.close')
  return (
    <Section title={t('similar.title')}>
      {isPending && <Loading />}
      {error !== null && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('similar.none')}
        </Text>
      )}
      {data !== undefined && data.items.length > 0 && (
        <ul className={classes.list}>
          {data.items.map((file) => (
            <li key={file.id}>
              <Link to={fileLink(file.id)} className={classes.link}>
                <Picture src={file.links.thumb} alt="" thumbhash={file.thumbhash} className={classes.picture} />
                <span className={classes.name}>{file.name}</span>
                <span className={classes.word}>{word(file.distance)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
