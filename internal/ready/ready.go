// Package ready asks a running program whether it can serve, as init systems and
// whoever starts programs do.
package ready

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Check asks for /readyz below a base URL. It is nil where the answer is 200;
// otherwise the error says what was answered. ctx bounds it.
func Check(ctx context.Context, base string) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ask whether the API is ready: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask whether the API is ready: %w", err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return fmt.Errorf("ask whether the API is ready: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the API is not ready: %s: %s", res.Status, strings.TrimSpace(string(body)))
	}
	return nil
}
