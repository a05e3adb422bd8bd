package clamd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signatures are what clamd says of its official signatures.
type Signatures struct {
	Version int       // their number; 0: it has none
	Made    time.Time // in clamd's time zone, which it does not say: read as UTC
}

// Signatures asks clamd for its official signatures. That it has none is an
// answer, the zero value.
func (c *Client) Signatures(ctx context.Context) (Signatures, error) {
	said, err := c.Version(ctx)
	if err != nil {
		return Signatures{}, err
	}
	return parseSignatures(said)
}

// parseSignatures reads "ClamAV 1.4.6/27450/Mon Nov 23 08:31:27 2026", of which
// all behind the program's version is missing without an official database.
func parseSignatures(said string) (Signatures, error) {
	_, rest, ok := strings.Cut(said, "/")
	if !ok {
		return Signatures{}, nil
	}
	number, date, _ := strings.Cut(rest, "/")
	version, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		return Signatures{}, fmt.Errorf("clamd says of its signatures %q: %w", said, err)
	}
	made, err := time.Parse(time.ANSIC, strings.TrimSpace(date))
	if err != nil {
		return Signatures{}, fmt.Errorf("clamd says of its signatures %q: %w", said, err)
	}
	return Signatures{Version: version, Made: made}, nil
}
