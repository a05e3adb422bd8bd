package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/api/web"
	"safelight/models"
	"safelight/storage"
	"safelight/storage/storagetest/supabase"
)

const storeOrigin = "https://objects.example.org"

// fakeSigner signs everything and keeps what it was asked for.
type fakeSigner struct {
	mu    sync.Mutex
	asked []string // the ref, how long, and the name
	fail  error
}

func (s *fakeSigner) SignedURL(_ context.Context, ref storage.Ref, validFor time.Duration, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, ref.String()+" "+validFor.String()+" "+name)
	return storeOrigin + "/" + ref.Key + "?token=t", s.fail
}

func (s *fakeSigner) SignedOrigin() string { return storeOrigin }

// told is what was asked for since the last time.
func (s *fakeSigner) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func signingBench(t *testing.T, change ...func(*Deps)) (*bench, *fakeSigner) {
	t.Helper()
	s := &fakeSigner{}
	return newBench(t, append([]func(*Deps){func(d *Deps) { d.Signer = s }}, change...)...), s
}

func TestContentIsRedirectedToTheStore(t *testing.T) {
	t.Parallel()
	b, signer := signingBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	file.Name = "Käse/1.png"
	b.rows.files[file.ID] = file
	key := func(variant string) string { return storage.VariantRef(file.Current.Blob.ID, variant).String() }
	target := "/api/v1/files/" + file.ID + "/content"
	for _, c := range []struct {
		query, asked, caching string
		edit                  func(*http.Request)
	}{
		{"", key("full") + " 1m0s ", "no-store", nil},
		{"?variant=preview", key("preview") + " 1m0s ", "no-store", nil},
		{"?variant=preview&version=1", key("preview") + " 1m0s ", "private, max-age=30", nil},
		{"?download=true", key("full") + " 1m0s Käse_1.webp", "no-store", nil},
		{"?download=true&version=1", key("full") + " 1m0s Käse_1.webp", "private, max-age=30", nil},
		{"", key("full") + " 1m0s ", "no-store", header("Range", "bytes=2-4")},
		{"", key("full") + " 1m0s ", "no-store", header("If-None-Match", `"other"`)},
	} {
		edits := []func(*http.Request){func(*http.Request) {}}
		if c.edit != nil {
			edits = append(edits, c.edit)
		}
		a := b.ask(http.MethodGet, target+c.query, token, nil, edits...)
		require.Equal(t, http.StatusTemporaryRedirect, a.Status, "%s: %s", c.query, a.Body)
		require.Equal(t, []string{c.asked}, signer.told(), c.query)
		require.Contains(t, a.Header.Get("Location"), storeOrigin+"/blobs/", c.query)
		require.Equal(t, c.caching, a.Header.Get("Cache-Control"), c.query)
		require.Equal(t, "no-referrer", a.Header.Get("Referrer-Policy"), "the address of a link is its secret")
		require.Empty(t, a.Header.Get("ETag"), "a 304 would keep an address that has expired")
		require.Empty(t, a.Body)
	}
}

// What is known here is answered here.
func TestWhatIsNotRedirected(t *testing.T) {
	t.Parallel()
	b, signer := signingBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	_, other := b.user(models.RoleUser, models.StatusActive)
	_, suspended := b.user(models.RoleUser, models.StatusSuspended)
	file := b.file(user.ID, []byte(digits))
	target, etag := "/api/v1/files/"+file.ID+"/content", `"`+file.Current.Blob.Variants[0].SHA256+`"`

	thumb := b.ask(http.MethodGet, target+"?variant=thumb", token, nil)
	require.Equal(t, digits, string(thumb.Body))
	require.Equal(t, etag, thumb.Header.Get("ETag"))
	head := b.ask(http.MethodHead, target, token, nil)
	require.Equal(t, http.StatusOK, head.Status)
	require.Equal(t, "10", head.Header.Get("Content-Length"))
	require.Equal(t, etag, head.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, b.ask(http.MethodGet, target, token, nil, header("If-None-Match", etag)).Status)
	b.ask(http.MethodGet, target, token, nil, header("Range", "bytes=10-")).problem(CodeRange)
	b.ask(http.MethodGet, target, other, nil).problem(CodeNotFound)
	b.ask(http.MethodGet, target, suspended, nil).problem(CodeAccountSuspended)
	b.ask(http.MethodGet, target, "", nil).problem(CodeUnauthenticated)
	b.ask(http.MethodGet, target+"?variant=original", token, nil).problem(CodeNotFound)
	b.ask(http.MethodGet, target+"?version=2", token, nil).problem(CodeNotFound)
	require.Empty(t, signer.told())

	for _, c := range []struct {
		err  error
		code Code
	}{{storage.ErrNotFound, CodeInternal}, {storage.ErrUnavailable, CodeUnavailable}, {errBoom, CodeUnavailable}} {
		signer.fail = c.err
		a := b.ask(http.MethodGet, target, token, nil)
		a.problem(c.code)
		require.Empty(t, a.Header.Get("Location"))
		require.NotContains(t, string(a.Body), "10.0.0.7")
	}
}

func TestOriginalsAreRedirectedForTheirOwner(t *testing.T) {
	t.Parallel()
	b, signer := signingBench(t, func(d *Deps) { d.Config.KeepOriginals = true })
	user, token := b.user(models.RoleUser, models.StatusActive)
	_, admin := b.user(models.RoleAdmin, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	original := file.Current.Blob.Variants[0]
	original.Name, original.Key, original.MIMEType = models.VariantOriginal, "blobs/x/original", "image/jpeg"
	file.Current.Blob.Variants = append(file.Current.Blob.Variants, original)
	b.rows.files[file.ID] = file
	target := "/api/v1/files/" + file.ID + "/content?variant=original"
	b.ask(http.MethodGet, target, admin, nil).problem(CodeNotFound)
	_, link := b.share(file)
	b.ask(http.MethodGet, link+"/content?variant=original", "", nil).problem(CodeNotFound)
	require.Empty(t, signer.told())
	require.Equal(t, http.StatusTemporaryRedirect, b.ask(http.MethodGet, target, token, nil).Status)
	require.Equal(t, []string{"final/blobs/x/original 1m0s cat.jpg"}, signer.told(), "always a download")
}

func TestSharedPicturesAreRedirected(t *testing.T) {
	t.Parallel()
	b, signer := signingBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	share, link := b.share(file)
	_, locked := b.share(file, "correct horse")
	views := func() int64 { return b.rows.shares[share.ID].Views }

	b.ask(http.MethodGet, locked+"/content", "", nil).problem(CodeShareLocked)
	require.Empty(t, signer.told())
	a := b.ask(http.MethodGet, link+"/content?variant=preview", "", nil)
	require.Equal(t, http.StatusTemporaryRedirect, a.Status)
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	require.Equal(t, "noindex", a.Header.Get("X-Robots-Tag"))
	require.EqualValues(t, 1, views())
	b.ask(http.MethodGet, link+"/content", "", nil, header("Range", "bytes=3-"))
	require.EqualValues(t, 1, views(), "a part from the middle is no view")
	signer.fail = errBoom
	b.ask(http.MethodGet, link+"/content", "", nil).problem(CodeUnavailable)
	require.EqualValues(t, 1, views(), "nor is what was not shown")
}

// Pages name the store in their policies: for pictures, and for nothing else.
func TestPagesTakePicturesFromTheStore(t *testing.T) {
	t.Parallel()
	b, _ := signingBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	_, link := b.share(b.file(user.ID, []byte(digits)))
	app := b.ask(http.MethodGet, "/", "", nil, asBrowser).Header.Get("Content-Security-Policy")
	require.Equal(t, web.Policy(storeOrigin), app)
	shared := b.ask(http.MethodGet, link, "", nil, asBrowser).Header.Get("Content-Security-Policy")
	for _, policy := range []string{app, shared} {
		require.Equal(t, 1, strings.Count(policy, storeOrigin), policy)
		for directive := range strings.SplitSeq(policy, "; ") {
			require.Equal(t, strings.HasPrefix(directive, "img-src 'self' "), strings.Contains(directive, storeOrigin), policy)
		}
	}
}

// TestContentOverARealRedirect follows it, as a client does, to the driver's own
// URL at a double of the server.
func TestContentOverARealRedirect(t *testing.T) {
	t.Parallel()
	server := supabase.New(t)
	store, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key})
	require.NoError(t, err)
	require.NoError(t, store.EnsureBuckets(t.Context()))
	b := newBench(t, func(d *Deps) { d.Objects, d.Signer = store, store })
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	for _, v := range file.Current.Blob.Variants {
		_, err := store.Put(t.Context(), storage.Ref{Bucket: storage.Final, Key: v.Key}, strings.NewReader(digits), v.Size, v.MIMEType)
		require.NoError(t, err)
	}
	content := "http://" + served(t, b) + "/api/v1/files/" + file.ID + "/content"
	get := func(address, part string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Range", part)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res, string(body)
	}
	res, body := get(content+"?download=true", "bytes=2-4")
	require.Equal(t, http.StatusPartialContent, res.StatusCode)
	require.Equal(t, "234", body)
	require.Equal(t, "image/webp", res.Header.Get("Content-Type"))
	require.Contains(t, res.Header.Get("Content-Disposition"), "attachment")
	require.Contains(t, res.Header.Get("Content-Disposition"), "cat.webp")
	require.Equal(t, strings.TrimPrefix(server.URL, "http://"), res.Request.URL.Host, "the bytes did not pass through here")
	res, body = get(content+"?variant=preview&version=1", "bytes=0-")
	require.Equal(t, digits, body)
	require.Empty(t, res.Header.Get("Content-Disposition"), "shown in place")

	server.Advance(time.Minute)
	res, _ = get(res.Request.URL.String(), "")
	require.Equal(t, http.StatusBadRequest, res.StatusCode, "an address that was kept is worth nothing")
}
