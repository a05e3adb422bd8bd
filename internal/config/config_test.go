package config_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/config"
)

// A secret as a generator makes them, and one to roll to.
const (
	strong = "9f1c07b6e2d84a35b0c7e98d12fa64c3"
	newer  = "c41d9be07a5f4e2286d3b19c70ae85f4"
)

func valid() map[string]string {
	return map[string]string{
		"DATABASE_URL":    "postgres://u:hunter2-hunter2@127.0.0.1/safelight",
		"STORAGE_URL":     "file:///var/lib/safelight",
		"JWT_KEYS":        "k1:" + strong,
		"PUBLIC_URL":      "https://photos.example.org",
		"TRUSTED_PROXIES": "none",
	}
}

func with(change map[string]string) map[string]string {
	environ := valid()
	maps.Copy(environ, change)
	return environ
}

// token is a key of Supabase with these claims, signed by nobody.
func token(claims string) string {
	return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".hunter2"
}

func TestLoadAPI(t *testing.T) {
	t.Parallel()
	c, err := config.LoadAPI(with(map[string]string{
		"JWT_KEYS":        "new:" + newer + ", k1:" + strong,
		"TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,fd00::/8",
		"WEB_ORIGINS":     "https://App.example.org:443, https://example.org:8443",
	}))
	require.NoError(t, err)
	require.Equal(t, int64(50<<20), c.Limits.MaxUploadBytes)
	require.Equal(t, 15*time.Minute, c.AccessTTL)
	require.True(t, c.SecureCookies())
	require.True(t, c.RegistrationOpen)
	require.Equal(t, 80, c.Pipeline.Quality)
	require.Equal(t, "webp", c.Pipeline.Format)
	require.InDelta(t, 0.98, c.Pipeline.MinSSIM, 0)
	require.False(t, c.Pipeline.KeepOriginals)
	require.Equal(t, int64(500_000), c.Accounts.QuotaFiles)
	require.Equal(t, config.Keys{{ID: "new", Secret: newer}, {ID: "k1", Secret: strong}}, c.JWTKeys)
	require.Equal(t, config.Proxies{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("fd00::/8"),
	}, c.TrustedProxies)
	require.Equal(t, config.Origins{"https://app.example.org", "https://example.org:8443"}, c.WebOrigins, "as browsers write them")
	require.Equal(t, string(c.Postgres.URL), c.Postgres.Session())
	require.False(t, c.Postgres.Pooled())
}

func TestLoadAPIFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"everything missing":     {map[string]string{"DATABASE_URL": "", "STORAGE_URL": "", "JWT_KEYS": ""}, []string{"DATABASE_URL", "STORAGE_URL", "JWT_KEYS"}},
		"unread and unfit":       {map[string]string{"MAX_FRAMES": "many", "MAX_UPLOAD_BYTES": "0", "ENVIRONMENT": "test", "LOG_LEVEL": "loud"}, []string{"MAX_FRAMES", "MAX_UPLOAD_BYTES", "ENVIRONMENT", "LOG_LEVEL"}},
		"short secret":           {map[string]string{"JWT_KEYS": "k1:hunter2"}, []string{"JWT_KEYS: the secret of key k1"}},
		"no id":                  {map[string]string{"JWT_KEYS": strong}, []string{"JWT_KEYS: key 1"}},
		"bad id":                 {map[string]string{"JWT_KEYS": "a b:" + strong}, []string{"JWT_KEYS: the id of key 1"}},
		"one id twice":           {map[string]string{"JWT_KEYS": "a:" + strong + ",a:" + newer}, []string{"JWT_KEYS: two keys"}},
		"a key that is a word":   {map[string]string{"JWT_KEYS": "a:" + strong + ",b:change-me-to-something-very-long-please"}, []string{"JWT_KEYS: the secret of key b"}},
		"a key that repeats":     {map[string]string{"JWT_KEYS": "a:0123456789abcdef0123456789abcdef"}, []string{"JWT_KEYS", "repeats"}},
		"a key of one character": {map[string]string{"JWT_KEYS": "a:" + strings.Repeat("x", 64)}, []string{"JWT_KEYS", "few"}},
		"plain http":             {map[string]string{"PUBLIC_URL": "http://photos.example.org"}, []string{"PUBLIC_URL"}},
		"no public URL":          {map[string]string{"PUBLIC_URL": ""}, []string{"PUBLIC_URL: is needed in production"}},
		"not a URL":              {map[string]string{"PUBLIC_URL": "photos"}, []string{"PUBLIC_URL"}},
		"a path":                 {map[string]string{"PUBLIC_URL": "https://example.org/photos"}, []string{"PUBLIC_URL"}},
		"proxies not stated":     {map[string]string{"TRUSTED_PROXIES": ""}, []string{"TRUSTED_PROXIES: is needed in production"}},
		"everybody a proxy":      {map[string]string{"TRUSTED_PROXIES": "0.0.0.0/0"}, []string{"TRUSTED_PROXIES"}},
		"no proxy":               {map[string]string{"TRUSTED_PROXIES": "render"}, []string{"TRUSTED_PROXIES"}},
		"no service key":         {map[string]string{"STORAGE_URL": "supabase+https://x.supabase.co"}, []string{"SUPABASE_SERVICE_KEY"}},
		"key in the URL":         {map[string]string{"STORAGE_URL": "supabase+https://x:hunter2@x.supabase.co"}, []string{"STORAGE_URL", "SUPABASE_SERVICE_KEY"}},
		"bad storage extras":     {map[string]string{"SUPABASE_PUBLIC_URL": "storage", "SUPABASE_BUCKET_PREFIX": "a/"}, []string{"SUPABASE_PUBLIC_URL", "SUPABASE_BUCKET_PREFIX"}},
		"key of an example":      {map[string]string{"STORAGE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_KEY": token(`{"role":"service_role","iss":"supabase-demo"}`)}, []string{"SUPABASE_SERVICE_KEY: is the one of Supabase's examples"}},
		"key of anybody":         {map[string]string{"STORAGE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_KEY": token(`{"role":"anon"}`)}, []string{"SUPABASE_SERVICE_KEY: is of the role"}},
		"key of nothing":         {map[string]string{"STORAGE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_KEY": "a.b.hunter2"}, []string{"SUPABASE_SERVICE_KEY"}},
		"no such way":            {map[string]string{"STORAGE_REDIRECTS": "often"}, []string{"STORAGE_REDIRECTS"}},
		"telemetry":              {map[string]string{"METRICS_ADDRESS": "9090", "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://"}, []string{"METRICS_ADDRESS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}},
		"two at once":            {map[string]string{"DATABASE_URL": "mysql://x", "ENVIRONMENT": "test"}, []string{"DATABASE_URL", "ENVIRONMENT"}},
		"default password":       {map[string]string{"DATABASE_URL": "postgres://postgres:postgres@db/x"}, []string{"DATABASE_URL"}},
		"short password":         {map[string]string{"DATABASE_URL": "postgres://u:hunter2@db/x"}, []string{"DATABASE_URL"}},
		"no such pooler":         {map[string]string{"DATABASE_POOLER": "statement"}, []string{"DATABASE_POOLER"}},
		"pooler alone":           {map[string]string{"DATABASE_POOLER": "transaction"}, []string{"DATABASE_DIRECT_URL"}},
		"a pooler not named":     {map[string]string{"DATABASE_URL": "postgres://u:hunter2-hunter2@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"}, []string{"DATABASE_POOLER"}},
		"a pooler as direct":     {map[string]string{"DATABASE_POOLER": "transaction", "DATABASE_DIRECT_URL": "postgres://u:hunter2-hunter2@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"}, []string{"DATABASE_DIRECT_URL"}},
		"no such picture":        {map[string]string{"IMAGE_FORMAT": "jpeg", "IMAGE_MIN_SSIM": "1", "IMAGE_QUALITY": "0"}, []string{"IMAGE_FORMAT", "IMAGE_MIN_SSIM", "IMAGE_QUALITY"}},
		"nothing allowed":        {map[string]string{"MAX_PIXELS": "0", "DEFAULT_QUOTA_BYTES": "0", "DEFAULT_QUOTA_FILES": "-1", "SESSION_TTL": "0s"}, []string{"MAX_PIXELS", "DEFAULT_QUOTA_BYTES", "DEFAULT_QUOTA_FILES", "SESSION_TTL"}},
		"addresses":              {map[string]string{"LISTEN_ADDRESS": "8080", "TEMPORAL_ADDRESS": "temporal", "TEMPORAL_UI_URL": "ui"}, []string{"LISTEN_ADDRESS", "TEMPORAL_ADDRESS", "TEMPORAL_UI_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.LoadAPI(with(c.change))
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")
			for _, w := range c.want {
				require.ErrorContains(t, err, w)
			}
			variables := map[string]bool{}
			for _, line := range lines {
				name, _, told := strings.Cut(line, ": ")
				require.True(t, told, line)
				require.False(t, variables[name], "%s is told once", name)
				variables[name] = true
			}
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), strong)
			require.NotContains(t, err.Error(), newer)
		})
	}
}

// TestDevelopmentIsLenient: what production refuses as weak is good enough to try things out.
func TestDevelopmentIsLenient(t *testing.T) {
	t.Parallel()
	_, err := config.LoadAPI(map[string]string{
		"ENVIRONMENT": "development", "DATABASE_URL": "postgres://postgres:postgres@127.0.0.1/x", "STORAGE_URL": "supabase+http://127.0.0.1:5000",
		"SUPABASE_SERVICE_KEY": token(`{"role":"service_role","iss":"supabase-demo"}`), "JWT_KEYS": "dev:" + strings.Repeat("secret", 8),
	})
	require.NoError(t, err)
	_, err = config.LoadAPI(map[string]string{"ENVIRONMENT": "development", "DATABASE_URL": "postgres://x/y", "STORAGE_URL": "file:///x", "JWT_KEYS": "dev:short"})
	require.ErrorContains(t, err, "JWT_KEYS", "too short to sign with is too short everywhere")
}

// TestWebOrigins: cookies travel within one site alone, and what that is the
// public suffix list says.
func TestWebOrigins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		public, web string
		good        bool
	}{
		{"https://api.example.org", "https://app.example.org", true},
		{"https://api.example.org", "https://example.org", true},
		{"https://example.co.uk", "https://app.example.co.uk:8443", true},
		{"https://api.example.org", "https://app.example.org,https://admin.example.org", true},
		{"https://api.example.org", "https://app.example.com", false},
		{"https://one.co.uk", "https://two.co.uk", false},
		{"https://safelight.onrender.com", "https://safelight.vercel.app", false},
		{"https://one.vercel.app", "https://two.vercel.app", false},
		{"https://api.example.org", "http://app.example.org", false},
		{"https://api.example.org", "https://app.example.org,https://evil.test", false},
		{"https://api.example.org", "*", false},
		{"https://api.example.org", "https://*.example.org", false},
		{"https://api.example.org", "https://app.example.org/page", false},
		{"https://api.example.org", "https://u@app.example.org", false},
		{"https://api.example.org", "app.example.org", false},
		{"https://api.example.org", "null", false},
		{"https://192.0.2.1", "https://192.0.2.1:8443", false},
		{"https://localhost:8080", "https://localhost:5173", false},
		{"https://api.safelight.localhost:8080", "https://app.safelight.localhost:5173", true},
	} {
		_, err := config.LoadAPI(with(map[string]string{"PUBLIC_URL": c.public, "WEB_ORIGINS": c.web}))
		if c.good {
			require.NoError(t, err, "%+v", c)
		} else {
			require.ErrorContains(t, err, "WEB_ORIGINS", "%+v", c)
		}
	}
}

func TestPooledDatabase(t *testing.T) {
	t.Parallel()
	const pooled, direct = "postgres://u:hunter2-hunter2@x.pooler.supabase.com:6543/p", "postgres://u:hunter2-hunter2@x.pooler.supabase.com:5432/p"
	c, err := config.LoadWorker(with(map[string]string{"DATABASE_URL": pooled, "DATABASE_DIRECT_URL": direct, "DATABASE_POOLER": "transaction"}))
	require.NoError(t, err)
	require.True(t, c.Postgres.Pooled())
	require.Equal(t, direct, c.Postgres.Session())
}

func TestRedirectsToStore(t *testing.T) {
	t.Parallel()
	const own, page = "http://127.0.0.1:8080", "https://photos.example.org"
	for _, c := range []struct {
		name                            string
		setting, page, store, storePage string
		want                            bool
	}{
		{"hosted", "", page, "https://x.supabase.co", "", true},
		{"by https", "auto", page, "supabase+https://objects.example.org", "", true},
		{"switched off", "false", page, "https://x.supabase.co", "", false},
		{"a network of one's own", "", page, "supabase+http://storage:5000", "", false},
		{"a network of one's own, tried out", "", own, "supabase+http://storage:5000", "", false},
		{"with an address for browsers", "", page, "supabase+http://storage:5000", "https://objects.example.org", true},
		{"with one that a page by https does not load from", "", page, "supabase+http://storage:5000", "http://objects.example.org", false},
		{"with one by http, tried out", "", own, "supabase+http://storage:5000", "http://10.0.0.5:5000", true},
		{"all on one machine", "", own, "supabase+http://localhost:5000", "", true},
		{"all on one machine, by IPv6", "", "http://[::1]:8080", "supabase+http://127.0.0.1:5000", "", true},
		{"for others than this machine", "", "http://10.0.0.5:8080", "supabase+http://127.0.0.1:5000", "", false},
		{"switched on", "true", page, "supabase+http://storage:5000", "", true},
		{"a folder", "", own, "file:///var/lib/safelight", "", false},
	} {
		cfg, err := config.LoadAPI(with(map[string]string{
			"ENVIRONMENT": "development", "SUPABASE_SERVICE_KEY": "key", "STORAGE_REDIRECTS": c.setting, "PUBLIC_URL": c.page,
			"STORAGE_URL": c.store, "SUPABASE_PUBLIC_URL": c.storePage,
		}))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, cfg.RedirectsToStore(), c.name)
	}
}

func TestLoadWorker(t *testing.T) {
	t.Parallel()
	c, err := config.LoadWorker(valid())
	require.NoError(t, err)
	require.Equal(t, 30*time.Minute, c.Pipeline.RetryFor)
	_, err = config.LoadWorker(map[string]string{"STORAGE_URL": "nowhere", "DATABASE_URL": "x", "IMAGE_FORMAT": "heic", "CLAMD_ADDRESS": "clamd", "SCAN_CONCURRENCY": "0"})
	for _, variable := range []string{"IMAGE_FORMAT", "STORAGE_URL", "DATABASE_URL", "CLAMD_ADDRESS", "SCAN_CONCURRENCY"} {
		require.ErrorContains(t, err, variable)
	}
}

func TestTracesNeedSomewhereToGo(t *testing.T) {
	t.Parallel()
	for want, variables := range map[bool][]map[string]string{
		false: {{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}},
		true:  {{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/v1/traces"}},
	} {
		for _, set := range variables {
			environ := valid()
			for k, v := range set {
				environ[k] = v
			}
			c, err := config.LoadWorker(environ)
			require.NoError(t, err)
			require.Equal(t, want, c.Telemetry.Traced(), set)
		}
	}
}

func TestLoadMigration(t *testing.T) {
	t.Parallel()
	c, err := config.LoadMigration(map[string]string{"DATABASE_URL": "postgres://127.0.0.1/safelight"})
	require.NoError(t, err, "the object store may be left alone")
	require.Empty(t, c.Storage.URL)
	require.Equal(t, int64(50<<20), c.MaxUploadBytes)
	_, err = config.LoadMigration(map[string]string{
		"DATABASE_URL": "nowhere", "STORAGE_URL": "supabase+http://storage:5000", "MAX_UPLOAD_BYTES": "-1",
	})
	require.ErrorContains(t, err, "DATABASE_URL")
	require.ErrorContains(t, err, "SUPABASE_SERVICE_KEY")
	require.ErrorContains(t, err, "MAX_UPLOAD_BYTES")
}

func TestSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	c, err := config.LoadAPI(with(map[string]string{
		"STORAGE_URL": "supabase+https://x.supabase.co", "SUPABASE_SERVICE_KEY": token(`{"role":"service_role"}`),
		"DATABASE_DIRECT_URL": "postgres://u:hunter2-hunter2@127.0.0.1/safelight", "TEMPORAL_API_KEY": "hunter2-api-key",
	}))
	require.NoError(t, err)
	data, err := json.Marshal(c)
	require.NoError(t, err)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("configuration", "api", c, "keys", c.JWTKeys, "url", c.Postgres.URL)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("configuration", "api", c, "keys", c.JWTKeys, "url", c.Postgres.URL)
	shown := string(data) + logged.String() + fmt.Sprintf("%v %+v %#v %s %q %v %#v", c, c, c, c.JWTKeys, c.JWTKeys, &c, c.Postgres)
	require.Contains(t, shown, "[redacted]")
	require.NotContains(t, shown, "hunter2")
	require.NotContains(t, shown, strong)
}

// TestEveryVariableIsOneThing: fields of several structs that read one variable
// agree about it, and a fault in one can be told by the name of its field.
func TestEveryVariableIsOneThing(t *testing.T) {
	t.Parallel()
	for _, root := range []reflect.Type{
		reflect.TypeFor[config.API](), reflect.TypeFor[config.Worker](), reflect.TypeFor[config.Migration](), reflect.TypeFor[config.Database](), reflect.TypeFor[config.Pictures](),
	} {
		names, fields := map[string]bool{}, map[string]string{}
		for _, v := range config.Variables(root) {
			require.False(t, names[v.Name], "%s: %s is read by two fields", root, v.Name)
			names[v.Name] = true
			f, _ := v.Struct.FieldByName(v.Field)
			if f.Type.Kind() == reflect.String {
				continue // can always be read
			}
			require.Empty(t, fields[v.Field], "%s: %s is also a field of %s, and either can fail to be read", root, v.Name, fields[v.Field])
			fields[v.Field] = v.Name
		}
	}
	api, worker := map[string]config.Variable{}, config.Variables(reflect.TypeFor[config.Worker]())
	for _, v := range config.Variables(reflect.TypeFor[config.API]()) {
		api[v.Name] = v
	}
	for _, v := range worker {
		if other, both := api[v.Name]; both {
			require.Equal(t, other.Default, v.Default, v.Name)
			require.Equal(t, other.Secret, v.Secret, v.Name)
		}
	}
}
