package webhook

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var testKey = func() (key []byte) {
	for i := range 32 {
		key = append(key, byte(i))
	}
	return key
}()

const testBody = `{"type":"upload.done"}`

// The signature was computed by Python's hmac over "msg_1.1700000000." and the body.
func TestSign(t *testing.T) {
	t.Parallel()
	require.Equal(t, "v1,4enGDIXMWi5thTFTlgtTGdzFbFBQ49Tyn//d3OchLJI=",
		Sign(testKey, "msg_1", time.Unix(1_700_000_000, 0), []byte(testBody)))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	stamp, good := strconv.FormatInt(at.Unix(), 10), Sign(testKey, "msg_1", at, []byte(testBody))
	require.NoError(t, Verify(testKey, "msg_1", stamp, good, []byte(testBody), at))
	require.NoError(t, Verify(testKey, "msg_1", stamp, "v1a,AAAA v1,AAAA "+good, []byte(testBody), at.Add(4*time.Minute)), "one of several")
	for name, check := range map[string]error{
		"other id":     Verify(testKey, "msg_2", stamp, good, []byte(testBody), at),
		"other body":   Verify(testKey, "msg_1", stamp, good, []byte(testBody+" "), at),
		"other secret": Verify(NewSecret(), "msg_1", stamp, good, []byte(testBody), at),
		"other time":   Verify(testKey, "msg_1", "1700000001", good, []byte(testBody), at),
		"too old":      Verify(testKey, "msg_1", stamp, good, []byte(testBody), at.Add(6*time.Minute)),
		"from ahead":   Verify(testKey, "msg_1", stamp, good, []byte(testBody), at.Add(-6*time.Minute)),
		"no time":      Verify(testKey, "msg_1", "soon", good, []byte(testBody), at),
		"no signature": Verify(testKey, "msg_1", stamp, "", []byte(testBody), at),
	} {
		require.ErrorIs(t, check, ErrSignature, name)
	}
}

func TestSecretsAreReadBack(t *testing.T) {
	t.Parallel()
	secret := NewSecret()
	require.NotEqual(t, secret, NewSecret())
	again, err := ParseSecret(FormatSecret(secret))
	require.NoError(t, err)
	require.Equal(t, secret, again)
	for _, bad := range []string{"", "whsec_", "whsec_%%%", FormatSecret(secret[:20])} {
		_, err := ParseSecret(bad)
		require.Error(t, err, bad)
	}
}
