interface ImportMetaEnv {
  /** Origin of the API where the web app is deployed apart from it. */
  readonly VITE_API_URL?: string
}
