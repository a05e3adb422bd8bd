package devstack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
)

// AdminEmail is how the first admin of a stack signs in.
const AdminEmail = "admin@safelight.local"

// Secrets are made at the first start of a stack and stay.
type Secrets struct {
	AdminPassword    string `json:"adminPassword"`
	JWTSecret        string `json:"jwtSecret"`
	DatabasePassword string `json:"databasePassword"`
}

// loadSecrets reads the secrets of a home, and makes those that are missing.
func loadSecrets(h *Home) (Secrets, error) {
	var s Secrets
	path := h.Path("secrets.json")
	if err := readJSON(path, &s); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Secrets{}, fmt.Errorf("read the secrets: %w", err)
	}
	before := s
	for _, secret := range []*string{&s.AdminPassword, &s.JWTSecret, &s.DatabasePassword} {
		if *secret == "" {
			*secret = strings.ToLower(rand.Text()) // 26 characters, 130 bits
		}
	}
	if len(s.JWTSecret) < 32 {
		s.JWTSecret += strings.ToLower(rand.Text())
	}
	if s == before {
		return s, nil
	}
	if err := writeJSON(path, s); err != nil {
		return Secrets{}, fmt.Errorf("keep the secrets: %w", err)
	}
	return s, nil
}

// ports are those of the parts, kept so that addresses stay the same.
type ports struct {
	Postgres      int `json:"postgres"`
	Temporal      int `json:"temporal"`
	TemporalUI    int `json:"temporalUi"`
	WorkerMetrics int `json:"workerMetrics"`
}

// choosePorts takes the ports of the run before where they are free.
func choosePorts(h *Home) (ports, error) {
	var p ports
	path := h.Path("ports.json")
	if err := readJSON(path, &p); err != nil && !errors.Is(err, os.ErrNotExist) {
		return ports{}, fmt.Errorf("read the ports: %w", err)
	}
	before := p
	for _, port := range []*int{&p.Postgres, &p.Temporal, &p.TemporalUI, &p.WorkerMetrics} {
		var err error
		if *port, err = FreePort(*port); err != nil {
			return ports{}, err
		}
	}
	if p == before {
		return p, nil
	}
	if err := writeJSON(path, p); err != nil {
		return ports{}, fmt.Errorf("keep the ports: %w", err)
	}
	return p, nil
}
