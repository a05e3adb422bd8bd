package clamd

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSignatures(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]Signatures{
		"ClamAV 1.4.6": {},
		"ClamAV 1.4.6/27450/Mon Nov 23 08:31:27 2026": {27450, time.Date(2026, 11, 23, 8, 31, 27, 0, time.UTC)},
		"ClamAV 1.4.6/27450/Tue Nov  3 08:31:27 2026": {27450, time.Date(2026, 11, 3, 8, 31, 27, 0, time.UTC)},
	} {
		got, err := parseSignatures(said)
		require.NoError(t, err, said)
		require.Equal(t, want, got, said)
	}
	for _, said := range []string{"ClamAV 1.4.6/", "ClamAV 1.4.6/many/Mon Nov 23 08:31:27 2026", "ClamAV 1.4.6/27450", "ClamAV 1.4.6/27450/yesterday"} {
		_, err := parseSignatures(said)
		require.ErrorContains(t, err, said)
	}
}
