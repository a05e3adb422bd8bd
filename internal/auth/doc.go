// Package auth proves who somebody is: password hashes (argon2id), access
// tokens (JWT, HS256, keys by id) and refresh tokens. It keeps no state and
// knows no HTTP; sessions are rows of models/store.
package auth
