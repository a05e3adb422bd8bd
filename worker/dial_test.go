package worker

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

func TestFrontendOptions(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	o := Frontend{Address: "127.0.0.1:7233", Namespace: "default"}.options("me", quiet)
	require.Equal(t, "127.0.0.1:7233", o.HostPort)
	require.Equal(t, "default", o.Namespace)
	require.Equal(t, "me", o.Identity)
	require.Nil(t, o.ConnectionOptions.TLS)
	require.Nil(t, o.Credentials)
	secured := &tls.Config{MinVersion: tls.VersionTLS12}
	o = Frontend{Address: "x:7233", Namespace: "a.b", APIKey: "key", TLS: secured}.options("me", quiet)
	require.Same(t, secured, o.ConnectionOptions.TLS)
	require.NotNil(t, o.Credentials)
	o = Frontend{Address: "x:7233", Namespace: "a.b", TLS: secured}.options("me", quiet)
	require.Nil(t, o.Credentials, "a certificate is a way of its own")
}

// TestDialSignsInByKeyOverTLS asks a server that notes what came: the key, the
// namespace, and all of it over TLS.
func TestDialSignsInByKeyOverTLS(t *testing.T) {
	t.Parallel()
	type call struct{ authorization, namespace, path string }
	var mu sync.Mutex
	var calls []call
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call{r.Header.Get("Authorization"), r.Header.Get("Temporal-Namespace"), r.URL.Path})
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "7")
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	trusting := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	address := server.Listener.Addr().String()
	ask := func(f Frontend) error {
		c, err := Dial(f, "me", slog.New(slog.DiscardHandler))
		require.NoError(t, err, "the connection is made later")
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: f.Namespace})
		return err
	}
	secured := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusting, ServerName: "example.com"}
	require.Error(t, ask(Frontend{Address: address, Namespace: "name.account", APIKey: "the-key", TLS: secured}), "it lets nobody in")
	mu.Lock()
	require.NotEmpty(t, calls, "it was reached")
	last := calls[len(calls)-1]
	require.Equal(t, "Bearer the-key", calls[0].authorization, "from the first call on")
	require.Equal(t, "Bearer the-key", last.authorization)
	require.Equal(t, "name.account", last.namespace, "by which Temporal Cloud finds the namespace")
	calls = nil
	mu.Unlock()

	stranger := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: "example.com"}
	require.Error(t, ask(Frontend{Address: address, Namespace: "name.account", APIKey: "the-key", TLS: stranger}))
	mu.Lock()
	require.Empty(t, calls, "a server of an unknown authority is told nothing")
	mu.Unlock()
}
