package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/config"
)

// certificate makes a certificate of its own, and its key, in PEM.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	made := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "safelight"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &private.PublicKey, private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
}

func TestTemporalTLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	other, otherKey := certificate(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	certFile, keyFile := file("cert.pem", cert), file("key.pem", key)
	type made struct {
		tls          bool
		certificates int
		name         string
		roots        bool
	}
	for name, c := range map[string]struct {
		environ map[string]string
		want    made
		fault   string
	}{
		"in the open":          {nil, made{}, ""},
		"asked for":            {map[string]string{"TEMPORAL_TLS": "true"}, made{tls: true}, ""},
		"API key":              {map[string]string{"TEMPORAL_API_KEY": "x"}, made{tls: true}, ""},
		"certificate":          {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_DATA": cert, "TEMPORAL_TLS_CLIENT_KEY_DATA": key}, made{tls: true, certificates: 1}, ""},
		"certificate by files": {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": certFile, "TEMPORAL_TLS_CLIENT_KEY_PATH": keyFile}, made{tls: true, certificates: 1}, ""},
		"authority and name":   {map[string]string{"TEMPORAL_TLS_SERVER_CA_CERT_DATA": other, "TEMPORAL_TLS_SERVER_NAME": "temporal.test"}, made{tls: true, roots: true, name: "temporal.test"}, ""},

		"no such word":       {map[string]string{"TEMPORAL_TLS": "yes"}, made{}, "TEMPORAL_TLS"},
		"key in the open":    {map[string]string{"TEMPORAL_TLS": "false", "TEMPORAL_API_KEY": "x"}, made{}, "TEMPORAL_TLS"},
		"two ways in":        {map[string]string{"TEMPORAL_API_KEY": "x", "TEMPORAL_TLS_CLIENT_CERT_DATA": cert, "TEMPORAL_TLS_CLIENT_KEY_DATA": key}, made{}, "TEMPORAL_API_KEY"},
		"no key":             {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_DATA": cert}, made{}, "TEMPORAL_TLS_CLIENT_CERT_DATA"},
		"no certificate":     {map[string]string{"TEMPORAL_TLS_CLIENT_KEY_DATA": key}, made{}, "TEMPORAL_TLS_CLIENT_CERT_DATA"},
		"another one's key":  {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": certFile, "TEMPORAL_TLS_CLIENT_KEY_DATA": otherKey}, made{}, "TEMPORAL_TLS_CLIENT_CERT_PATH"},
		"no such file":       {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": "/no/such/file", "TEMPORAL_TLS_CLIENT_KEY_PATH": keyFile}, made{}, "TEMPORAL_TLS_CLIENT_CERT_PATH"},
		"said twice":         {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": certFile, "TEMPORAL_TLS_CLIENT_CERT_DATA": cert, "TEMPORAL_TLS_CLIENT_KEY_DATA": key}, made{}, "TEMPORAL_TLS_CLIENT_CERT_PATH"},
		"authority of noise": {map[string]string{"TEMPORAL_TLS_SERVER_CA_CERT_DATA": "noise"}, made{}, "TEMPORAL_TLS_SERVER_CA_CERT_DATA"},
		"no namespace":       {map[string]string{"TEMPORAL_ADDRESS": "eu-west-1.aws.api.temporal.io"}, made{}, "TEMPORAL_ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.LoadWorker(with(c.environ))
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault+": ")
				require.NotContains(t, err.Error(), "PRIVATE KEY")
				return
			}
			require.NoError(t, err)
			got, err := cfg.Temporal.TLSConfig()
			require.NoError(t, err)
			if !c.want.tls {
				require.Nil(t, got)
				return
			}
			require.NotNil(t, got)
			require.Equal(t, c.want, made{true, len(got.Certificates), got.ServerName, got.RootCAs != nil})
			require.False(t, got.InsecureSkipVerify)
			require.GreaterOrEqual(t, got.MinVersion, uint16(0x0303))
		})
	}
}
