package manifest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/manifest"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	at, two := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 2
	f := manifest.File{ID: "a", Name: "a/\"b\n.jpg", CreatedAt: at, UpdatedAt: at, TrashedAt: &at, CurrentVersion: 2, Versions: []manifest.Version{
		{Number: 1, CreatedAt: at, UploadSHA256: "x", Stored: manifest.Saved{Path: "versions/a.webp", Bytes: 3, SHA256: "y", MIMEType: "image/webp"}},
		{Number: 2, CreatedAt: at, RestoredFrom: &two, Stored: manifest.Saved{Path: "a.webp"}, Original: &manifest.Saved{Path: "originals/a.jpg"}},
	}}
	var text bytes.Buffer
	require.NoError(t, manifest.Write(&text, f))
	require.NoError(t, manifest.Write(&text, f))
	require.Equal(t, 2, strings.Count(text.String(), "\n"))
	all, err := manifest.Read(strings.NewReader(text.String() + "\n"))
	require.NoError(t, err)
	require.Equal(t, []manifest.File{f, f}, all)
	require.Equal(t, []string{"versions/a.webp", "a.webp", "originals/a.jpg"}, manifest.Paths(all[:1]))
	require.Equal(t, "originals/a.jpg", f.Versions[1].Best().Path)
	require.Equal(t, "versions/a.webp", f.Versions[0].Best().Path)
}

func TestReadRefusesWhatIsNoManifest(t *testing.T) {
	t.Parallel()
	const good = `{"name": "x", "versions": [{"stored": {"path": "a/b.webp"}}]}`
	_, err := manifest.Read(strings.NewReader(good))
	require.NoError(t, err)
	for _, bad := range []string{
		"hello", "[]", "{}", `{"name": "x"}`, strings.Replace(good, "a/b", "../b", 1), strings.Replace(good, "a/b", "/a/b", 1),
		strings.Replace(good, "a/b.webp", "", 1), strings.Replace(good, "a/b", "a/../../b", 1), strings.Replace(good, "a/b", "a//b", 1),
		strings.Replace(good, `"}}]`, `"}, "original": {"path": ".."}}]`, 1),
	} {
		_, err := manifest.Read(strings.NewReader(good + "\n" + bad))
		require.ErrorContains(t, err, "line 2 of the manifest", bad)
	}
}
