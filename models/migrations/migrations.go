// Package migrations embeds the numbered SQL files that are the schema.
package migrations

import "embed"

// FS holds the migrations, for goose.
//
//go:embed *.sql
var FS embed.FS
