export { ApiError, createApi, unwrap, type ApiClient, type ApiOptions, type Problem } from './api/client.js'
export type { components, operations, paths } from './api/schema.gen.js'
export type * from './api/types.js'
export { settled, upload, type UploadOptions, type Waiting } from './uploads.js'
