import type { NewToken } from '../../lib/api/types'

interface Example {
  readonly what: 'exampleUpload' | 'exampleList' | 'exampleAdmin'
  readonly command: string
}

/** A command that does something with what the token may do. */
export function exampleOf({ token, scopes }: Pick<NewToken, 'token' | 'scopes'>, origin: string): Example {
  const curl = `curl -H "Authorization: Bearer ${token}"`
  if (scopes.includes('write')) {
    return { what: 'exampleUpload', command: `${curl} \\\n  -F "file=@photo.jpg" ${origin}/api/v1/uploads` }
  }
  if (scopes.includes('read')) {
    return { what: 'exampleList', command: `${curl} \\\n  ${origin}/api/v1/files` }
  }
  return { what: 'exampleAdmin', command: `${curl} \\\n  ${origin}/api/v1/admin/stats` }
}
