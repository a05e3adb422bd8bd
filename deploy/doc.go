// Package deploy holds what the images are run with, and the tests that keep
// docker-compose.yml, Dockerfile, render.yaml and client/vercel.json true to the
// programs: no machine of ours could run them when they were written.
package deploy
