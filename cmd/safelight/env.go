package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/cobra"

	"safelight/internal/config"
)

// serviceKeyFor is how long the key of the object store holds. It is as secret
// as what it is signed with, which is in the same file: rolling one is rolling both.
const serviceKeyFor = 10 * 365 * 24 * time.Hour

func envCommand() *cobra.Command {
	var file, public string
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Make the settings and secrets that docker compose runs with",
		Long: `Writes the file that docker-compose.yml takes its settings from, with secrets made
now, for its owner alone. A file that is there is never touched. With - as the
file it is printed.

An https address is for production: something that speaks TLS has to stand before
the API. Without one Safelight is for this machine alone.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := composeEnv(public, time.Now())
			if err != nil {
				return err
			}
			if file == "-" {
				fmt.Fprint(cmd.OutOrStdout(), text)
				return nil
			}
			err = createPrivate(file, text)
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("%s is there already, and holds the secrets that the data was made with: it is left alone", file)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s holds the settings and new secrets. Keep a copy where the backups are.\n", file)
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "file", ".env", "file to write, or - to print it")
	cmd.Flags().StringVar(&public, "public-url", "http://localhost:8080", "how browsers will reach Safelight")
	return cmd
}

// composeSettings are what the template below is filled with.
type composeSettings struct {
	Environment, PublicURL, Port, Keys, StorageSecret, ServiceKey string
	Passwords                                                     struct{ Postgres, Safelight, Temporal, Storage string }
}

// composeEnv is the text of the file.
func composeEnv(public string, now time.Time) (string, error) {
	s := composeSettings{PublicURL: public, Port: "8080", Environment: string(config.Production)}
	u, err := url.Parse(public)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("--public-url: %q is not an address such as https://photos.example.org", public)
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"):
		s.Environment = string(config.Development)
		if u.Port() != "" {
			s.Port = u.Port()
		}
	default:
		return "", fmt.Errorf("--public-url: %q: only https is safe beyond this machine", public)
	}
	s.Keys = config.Keys{newKey(now)}.Reveal()
	s.StorageSecret = newSecret()
	for _, password := range []*string{&s.Passwords.Postgres, &s.Passwords.Safelight, &s.Passwords.Temporal, &s.Passwords.Storage} {
		*password = newSecret()
	}
	if s.ServiceKey, err = serviceKey(s.StorageSecret, now); err != nil {
		return "", err
	}
	var text strings.Builder
	if err := composeTemplate.Execute(&text, s); err != nil {
		return "", fmt.Errorf("write the settings: %w", err)
	}
	return text.String(), nil
}

// serviceKey is the token by which Supabase Storage lets us in.
func serviceKey(secret string, now time.Time) (string, error) {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"role": "service_role", "iss": "safelight", "iat": now.Unix(), "exp": now.Add(serviceKeyFor).Unix(),
	}).SignedString([]byte(secret))
	if err != nil {
		return "", fmt.Errorf("sign the key of the object store: %w", err)
	}
	return token, nil
}

var composeTemplate = template.Must(template.New("env").Parse(`# What docker-compose.yml runs with. Made by "make env"; never made anew, since the
# databases were made with these passwords. For its owner alone: it is all secrets.
# Further settings (docs/CONFIGURATION.md) go into settings.env beside this file.

# Where the API is published on this machine. What speaks TLS connects here.
SAFELIGHT_BIND=127.0.0.1
SAFELIGHT_PORT={{.Port}}
# The Temporal UI, which has no sign-in, on 127.0.0.1 alone.
TEMPORAL_UI_PORT=8233
# The network of what talks to the outside. Its first address is this machine's,
# whose word about X-Forwarded-For is believed.
SAFELIGHT_SUBNET=172.31.250.0/24
TRUSTED_PROXIES=172.31.250.1

ENVIRONMENT={{.Environment}}
PUBLIC_URL={{.PublicURL}}
MAX_UPLOAD_BYTES=52428800

# Roll it by "safelight keys --file .env": see docs/DEPLOY.md.
JWT_KEYS={{.Keys}}

POSTGRES_PASSWORD={{.Passwords.Postgres}}
SAFELIGHT_DB_PASSWORD={{.Passwords.Safelight}}
TEMPORAL_DB_PASSWORD={{.Passwords.Temporal}}
STORAGE_DB_PASSWORD={{.Passwords.Storage}}

# The key is a token signed with the secret.
STORAGE_JWT_SECRET={{.StorageSecret}}
SUPABASE_SERVICE_KEY={{.ServiceKey}}
`))
