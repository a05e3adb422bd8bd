package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"safelight/models"
	"safelight/storage"
)

// DedupInput names the object and the hash taken when it came in.
type DedupInput struct {
	Mark
	Object storage.Ref `json:"object"`
	SHA256 string      `json:"sha256"`
}

// Dedup hashes the stored object again, so that what is scanned and kept is
// what was sent, and claims the content for its owner. Claiming twice is once.
func (a *Activities) Dedup(ctx context.Context, in DedupInput) (models.Claim, error) {
	return during(ctx, a, in.Mark, func(ctx context.Context) (models.Claim, error) {
		r, _, err := a.Objects.Open(ctx, in.Object, 0, -1)
		if err != nil {
			return models.Claim{}, storageFailed("open %s: %w", in.Object, err)
		}
		defer r.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, r); err != nil {
			return models.Claim{}, storageFailed("hash %s: %w", in.Object, err)
		}
		if got := hex.EncodeToString(hash.Sum(nil)); got != in.SHA256 {
			return models.Claim{}, fmt.Errorf("%s is %s, came in as %s: %w", in.Object, got, in.SHA256, models.ErrIntegrity)
		}
		claim, err := a.Rows.ClaimContent(ctx, in.UploadID, in.OwnerID, in.SHA256)
		if err != nil {
			return models.Claim{}, rowsFailed("claim content of upload %s: %w", in.UploadID, err)
		}
		a.wake(ctx, in.Mark, actionEnd)
		return claim, nil
	})
}

// AwaitClaim asks for a claim that another upload of the owner holds. As long
// as that one is under way the answer is an error of type ErrTypeContentClaimed:
// waiting is the retry policy's, so that it leaves no events in the history.
func (a *Activities) AwaitClaim(ctx context.Context, in DedupInput) (models.Claim, error) {
	claim, err := a.Rows.ClaimContent(ctx, in.UploadID, in.OwnerID, in.SHA256)
	if err != nil {
		return models.Claim{}, classify(rowsFailed("claim content of upload %s: %w", in.UploadID, err))
	}
	if claim.HeldBy != "" {
		return models.Claim{}, claimed(claim)
	}
	return claim, nil
}
