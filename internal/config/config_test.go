package config_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/config"
)

func valid() map[string]string {
	return map[string]string{
		"DATABASE_URL": "postgres://u:hunter2@127.0.0.1/safelight",
		"STORAGE_URL":  "file:///var/lib/safelight",
		"JWT_SECRET":   "0123456789abcdef0123456789abcdef",
		"PUBLIC_URL":   "https://photos.example.org",
	}
}

func TestLoadAPI(t *testing.T) {
	t.Parallel()
	c, err := config.LoadAPI(valid())
	require.NoError(t, err)
	require.Equal(t, int64(50<<20), c.Limits.MaxUploadBytes)
	require.Equal(t, 15*time.Minute, c.AccessTTL)
	require.True(t, c.SecureCookies())
	require.True(t, c.RegistrationOpen)
	require.Equal(t, 80, c.Pipeline.Quality)
	require.Equal(t, "webp", c.Pipeline.Format)
	require.InDelta(t, 0.98, c.Pipeline.MinSSIM, 0)
	require.False(t, c.Pipeline.KeepOriginals)
	require.Equal(t, int64(500_000), c.QuotaFiles)
}

func TestLoadAPIFaults(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change map[string]string
		want   []string
	}{
		"everything missing": {map[string]string{"DATABASE_URL": "", "STORAGE_URL": "", "JWT_SECRET": ""}, []string{"DATABASE_URL", "STORAGE_URL", "JWT_SECRET"}},
		"short secret":       {map[string]string{"JWT_SECRET": "secret"}, []string{"JWT_SECRET"}},
		"plain http":         {map[string]string{"PUBLIC_URL": "http://photos.example.org"}, []string{"PUBLIC_URL"}},
		"not a URL":          {map[string]string{"PUBLIC_URL": "photos"}, []string{"PUBLIC_URL"}},
		"no service key":     {map[string]string{"STORAGE_URL": "supabase+https://x.supabase.co"}, []string{"SUPABASE_SERVICE_KEY"}},
		"key in the URL":     {map[string]string{"STORAGE_URL": "supabase+https://x:hunter2@x.supabase.co"}, []string{"STORAGE_URL", "SUPABASE_SERVICE_KEY"}},
		"bad storage extras": {map[string]string{"SUPABASE_PUBLIC_URL": "storage", "SUPABASE_BUCKET_PREFIX": "a/"}, []string{"SUPABASE_PUBLIC_URL", "SUPABASE_BUCKET_PREFIX"}},
		"two at once":        {map[string]string{"DATABASE_URL": "mysql://x", "ENVIRONMENT": "test"}, []string{"DATABASE_URL", "ENVIRONMENT"}},
		"not a number":       {map[string]string{"MAX_UPLOAD_BYTES": "much", "MAX_FRAMES": "many"}, []string{"MAX_UPLOAD_BYTES", "MAX_FRAMES"}},
		"no such picture":    {map[string]string{"IMAGE_FORMAT": "jpeg", "IMAGE_MIN_SSIM": "1", "IMAGE_QUALITY": "0"}, []string{"IMAGE_FORMAT", "IMAGE_MIN_SSIM", "IMAGE_QUALITY"}},
		"nothing allowed":    {map[string]string{"MAX_UPLOAD_BYTES": "0", "DEFAULT_QUOTA_BYTES": "0", "DEFAULT_QUOTA_FILES": "-1"}, []string{"MAX_UPLOAD_BYTES", "DEFAULT_QUOTA_BYTES", "DEFAULT_QUOTA_FILES"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := valid()
			for k, v := range c.change {
				environ[k] = v
			}
			_, err := config.LoadAPI(environ)
			require.Error(t, err)
			for _, w := range c.want {
				require.ErrorContains(t, err, w)
			}
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestLoadWorker(t *testing.T) {
	t.Parallel()
	c, err := config.LoadWorker(valid())
	require.NoError(t, err)
	require.Equal(t, 30*time.Minute, c.Pipeline.RetryFor)
	_, err = config.LoadWorker(map[string]string{"STORAGE_URL": "nowhere", "DATABASE_URL": "x", "IMAGE_FORMAT": "heic"})
	require.ErrorContains(t, err, "IMAGE_FORMAT")
	require.ErrorContains(t, err, "STORAGE_URL")
	require.ErrorContains(t, err, "DATABASE_URL")
}

func TestLoadMigration(t *testing.T) {
	t.Parallel()
	c, err := config.LoadMigration(map[string]string{"DATABASE_URL": "postgres://127.0.0.1/safelight"})
	require.NoError(t, err, "the object store may be left alone")
	require.Empty(t, c.StorageURL)
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
	environ := valid()
	environ["STORAGE_URL"], environ["SUPABASE_SERVICE_KEY"] = "supabase+https://x.supabase.co", "hunter2-service"
	c, err := config.LoadAPI(environ)
	require.NoError(t, err)
	data, err := json.Marshal(c)
	require.NoError(t, err)
	for _, shown := range []string{string(data), fmt.Sprintf("%v %+v %#v %s", c, c, c, c.JWTSecret)} {
		require.NotContains(t, shown, "hunter2")
		require.NotContains(t, shown, "0123456789abcdef")
	}
}
