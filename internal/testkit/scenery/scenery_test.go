package scenery

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScenesAreAlwaysTheSameAndAllDifferent(t *testing.T) {
	t.Parallel()
	seen, names := map[[32]byte]string{}, map[string]bool{}
	for _, s := range Scenes() {
		img := s.Paint(120)
		require.Equal(t, 120, max(img.Rect.Dx(), img.Rect.Dy()), s.Name)
		sum := sha256.Sum256(img.Pix)
		require.Equal(t, sum, sha256.Sum256(s.Paint(120).Pix), s.Name)
		require.Empty(t, seen[sum], s.Name)
		seen[sum] = s.Name
		require.True(t, strings.HasSuffix(s.Name, ".jpg"))
		require.False(t, names[s.Name], "%s is there twice", s.Name)
		names[s.Name] = true
		shades := map[[3]byte]bool{}
		for i := 0; i < len(img.Pix); i += 4 {
			shades[[3]byte(img.Pix[i:i+3])] = true
		}
		require.Greater(t, len(shades), 1000, "%s is too plain for a photo", s.Name)
	}
}
