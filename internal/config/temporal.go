package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// The values of TEMPORAL_TLS.
const (
	tlsAuto = "auto"
	tlsOn   = "true"
	tlsOff  = "false"
)

// Temporal is how the workflow engine is reached. The names are those that
// Temporal's own tools read.
type Temporal struct {
	// Address is host:port of the frontend. Of Temporal Cloud it is
	// region.cloud.api.temporal.io:7233 with an API key, namespace.account.tmprl.cloud:7233
	// with a certificate.
	Address string `env:"TEMPORAL_ADDRESS" envDefault:"127.0.0.1:7233"`
	// Namespace holds our workflows. Of Temporal Cloud it is name.account.
	Namespace string `env:"TEMPORAL_NAMESPACE" envDefault:"default"`
	// APIKey signs in to Temporal Cloud. A certificate is the other way; not both.
	APIKey Secret `env:"TEMPORAL_API_KEY"`
	// TLS is auto (on where an API key or anything of TLS is given), true or false.
	TLS string `env:"TEMPORAL_TLS" envDefault:"auto"`
	// ServerName is the name in the server's certificate, where it is not the host of TEMPORAL_ADDRESS.
	ServerName string `env:"TEMPORAL_TLS_SERVER_NAME"`
	// CertPath is the file of the client's certificate, PEM; TEMPORAL_TLS_CLIENT_CERT_DATA is its content instead.
	CertPath string `env:"TEMPORAL_TLS_CLIENT_CERT_PATH"`
	// CertData is the client's certificate itself, PEM.
	CertData string `env:"TEMPORAL_TLS_CLIENT_CERT_DATA"`
	// KeyPath is the file of the certificate's key, PEM; TEMPORAL_TLS_CLIENT_KEY_DATA is its content instead.
	KeyPath string `env:"TEMPORAL_TLS_CLIENT_KEY_PATH"`
	// KeyData is the certificate's key itself, PEM.
	KeyData Secret `env:"TEMPORAL_TLS_CLIENT_KEY_DATA"`
	// CAPath is the file of the authorities that the server's certificate is checked by,
	// PEM, instead of the system's; TEMPORAL_TLS_SERVER_CA_CERT_DATA is its content instead.
	CAPath string `env:"TEMPORAL_TLS_SERVER_CA_CERT_PATH"`
	// CAData is those authorities themselves, PEM.
	CAData string `env:"TEMPORAL_TLS_SERVER_CA_CERT_DATA"`
}

func (t Temporal) check(f *faults) {
	checkAddress(f, "TEMPORAL_ADDRESS", t.Address)
	if t.Namespace == "" {
		f.add("TEMPORAL_NAMESPACE", "is needed")
	}
	if t.TLS != tlsAuto && t.TLS != tlsOn && t.TLS != tlsOff {
		f.add("TEMPORAL_TLS", "%q is none of %s, %s and %s", t.TLS, tlsAuto, tlsOn, tlsOff)
		return
	}
	if t.APIKey != "" && t.hasCertificate() {
		f.add("TEMPORAL_API_KEY", "and a client's certificate are two ways to sign in: give one")
	}
	if t.TLS == tlsOff && t.wantsTLS() {
		f.add("TEMPORAL_TLS", "is false, and an API key or a certificate would go over the line in the open")
		return
	}
	if _, err := t.TLSConfig(); err != nil {
		var named fault
		if errors.As(err, &named) {
			f.add(named.variable, "%s", named.what)
		}
	}
}

func (t Temporal) hasCertificate() bool {
	return t.CertPath != "" || t.CertData != "" || t.KeyPath != "" || t.KeyData != ""
}

func (t Temporal) wantsTLS() bool {
	return t.APIKey != "" || t.hasCertificate() || t.CAPath != "" || t.CAData != "" || t.ServerName != ""
}

// TLSConfig is how the connection is secured, or nil where it is not. It reads
// the files that are named; its errors name the variable.
func (t Temporal) TLSConfig() (*tls.Config, error) {
	if t.TLS == tlsOff || t.TLS == tlsAuto && !t.wantsTLS() {
		return nil, nil //nolint:nilnil // in the open, and no fault
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	authorities, err := pem("TEMPORAL_TLS_SERVER_CA_CERT", t.CAPath, t.CAData)
	if err != nil {
		return nil, err
	}
	if authorities != nil {
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(authorities) {
			return nil, fault{whichOf("TEMPORAL_TLS_SERVER_CA_CERT", t.CAPath), "holds no certificate in PEM"}
		}
	}
	if !t.hasCertificate() {
		return cfg, nil
	}
	cert, certErr := pem("TEMPORAL_TLS_CLIENT_CERT", t.CertPath, t.CertData)
	key, keyErr := pem("TEMPORAL_TLS_CLIENT_KEY", t.KeyPath, string(t.KeyData))
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, err
	}
	if cert == nil || key == nil {
		return nil, fault{"TEMPORAL_TLS_CLIENT_CERT_DATA", "a certificate needs its key, and a key its certificate"}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fault{whichOf("TEMPORAL_TLS_CLIENT_CERT", t.CertPath), fmt.Sprintf("and its key can not be used: %v", err)}
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, nil
}

// pem is what a pair of variables holds: the content, or the name of a file
// with it. Nothing where neither is set.
func pem(variable, path, data string) ([]byte, error) {
	switch {
	case path != "" && data != "":
		return nil, fault{variable + "_PATH", "and " + variable + "_DATA are two ways to say one thing: give one"}
	case path != "":
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fault{variable + "_PATH", fmt.Sprintf("can not be read: %v", err)}
		}
		return content, nil
	case data != "":
		return []byte(data), nil
	}
	return nil, nil
}

// whichOf says which variable of such a pair was set.
func whichOf(variable, path string) string {
	if path != "" {
		return variable + "_PATH"
	}
	return variable + "_DATA"
}
