package testkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver goose speaks through
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"safelight/models/migrations"
)

// patience bounds what a test waits for the database server.
const patience = 2 * time.Minute

// Database makes a database of this test's own, migrated and empty, and
// returns its URL. It is dropped when the test ends, whoever is still connected.
func Database(t testing.TB) string {
	t.Helper()
	server := service(t, DatabaseVariable)
	template, err := templateOf(server)
	require.NoError(t, err, "make the template database")

	return create(t, server, " TEMPLATE "+template)
}

// EmptyDatabase is Database without the schema, for tests of the migrations.
func EmptyDatabase(t testing.TB) string {
	t.Helper()
	return create(t, service(t, DatabaseVariable), "")
}

// create makes a database that is dropped when the test ends.
func create(t testing.TB, server, clause string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text()[:16])
	require.NoError(t, execute(server, "CREATE DATABASE "+name+clause))
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return inDatabase(server, name)
}

var templates struct {
	sync.Mutex
	name string
}

// templateOf gives the name of a migrated database to clone, and makes it once
// per server and schema, however many test processes ask at once.
func templateOf(server string) (string, error) {
	templates.Lock()
	defer templates.Unlock()
	if templates.name != "" {
		return templates.name, nil
	}
	name, err := templateName()
	if err != nil {
		return "", err
	}
	if err := makeTemplate(server, name); err != nil {
		return "", err
	}
	templates.name = name
	return name, nil
}

// templateName carries a hash of the schema, so that an older one on a server
// that stays is not taken for this one.
func templateName() (string, error) {
	h := sha256.New()
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", f, len(text), text)
	}
	return "template_" + hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// templateLock keeps other test processes out while one makes the template.
const templateLock = 7_265_114

func makeTemplate(server, name string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }() // gives up the lock
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return err
	}
	var there bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err != nil || there {
		return err
	}
	unfinished := name + "_new"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + unfinished + " WITH (FORCE)", "CREATE DATABASE " + unfinished} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := migrate(ctx, inDatabase(server, unfinished)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+name)
	return err
}

// migrate runs goose itself: the store's tests use this package, so that it can
// not use the store.
func migrate(ctx context.Context, databaseURL string) (err error) {
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func execute(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// inDatabase is the URL with another database.
func inDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // pgx has connected by it, so that it can be parsed
	}
	u.Path = "/" + name
	return u.String()
}
