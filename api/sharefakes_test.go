package api

import (
	"bytes"
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

// What fakeRows does about many files at once and about public links.

func (r *fakeRows) ChangeFiles(_ context.Context, _ models.Actor, scope models.Scope, action models.FileAction, ids []string) (map[string]error, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	refused := map[string]error{}
	for _, id := range ids {
		f, err := r.file(scope, id)
		switch {
		case err != nil:
			refused[id] = err
		case action == models.FileDelete:
			delete(r.files, id)
		case action == models.FileTrash:
			f.TrashedAt = ptr(time.Now())
			r.files[id] = f
		case r.over:
			refused[id] = models.ErrQuotaExceeded
		default:
			f.TrashedAt = nil
			r.files[id] = f
		}
	}
	return refused, r.fail
}

func (r *fakeRows) FilesByIDs(_ context.Context, scope models.Scope, ids []string) ([]models.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var files []models.File
	for _, id := range ids {
		f, err := r.file(scope, id)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, r.fail
}

func (r *fakeRows) OwnedContents(_ context.Context, ownerID string, hashes []string) ([]models.OwnedContent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var have []models.OwnedContent
	for _, hash := range hashes {
		for _, f := range r.files {
			if f.OwnerID == ownerID && f.Current.Blob.SHA256 == hash {
				have = append(have, models.OwnedContent{SHA256: hash, FileID: f.ID, Trashed: f.TrashedAt != nil})
			}
		}
	}
	return have, r.fail
}

func (r *fakeRows) CreateShare(_ context.Context, _ models.Actor, scope models.Scope, n models.Share, lives time.Duration) (models.Share, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.file(scope, n.FileID)
	switch {
	case err != nil:
		return n, err
	case f.TrashedAt != nil:
		return n, models.ErrFileTrashed
	case len(r.shares) >= models.MaxShares:
		return n, models.ErrConflict
	}
	n.CreatedAt = time.Now()
	n.ExpiresAt = n.CreatedAt.Add(lives)
	r.shares[n.ID] = n
	return n, nil
}

func (r *fakeRows) SharesOf(_ context.Context, scope models.Scope, fileID string, _ int, _ string) (models.Page[models.Share], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var p models.Page[models.Share]
	if _, err := r.file(scope, fileID); err != nil {
		return p, err
	}
	for _, s := range r.shares {
		if s.FileID == fileID {
			p.Items = append(p.Items, s)
		}
	}
	return p, nil
}

func (r *fakeRows) EndShare(_ context.Context, _ models.Actor, scope models.Scope, fileID, shareID string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.file(scope, fileID)
	if s, ok := r.shares[shareID]; err == nil && (!ok || s.FileID != fileID) {
		err = models.ErrNotFound
	}
	if err == nil {
		delete(r.shares, shareID)
	}
	return err
}

func (r *fakeRows) SharedFile(_ context.Context, tokenHash []byte) (models.SharedFile, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.shares {
		f, ok := r.files[s.FileID]
		if bytes.Equal(s.TokenHash, tokenHash) && ok && f.TrashedAt == nil && time.Now().Before(s.ExpiresAt) {
			return models.SharedFile{Share: s, File: f}, r.fail
		}
	}
	return models.SharedFile{}, models.ErrNotFound
}

func (r *fakeRows) CountView(_ context.Context, shareID string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.shares[shareID]
	s.Views++
	r.shares[shareID] = s
	return r.fail
}

// share makes a public link to a file and returns it with its path.
func (b *bench) share(f models.File, password ...string) (models.Share, string) {
	b.t.Helper()
	s := models.Share{ID: uuid.NewString(), FileID: f.ID, CreatedBy: f.OwnerID}
	if len(password) > 0 {
		var err error
		s.PasswordHash, err = b.app.Passwords.Hash(b.t.Context(), password[0])
		require.NoError(b.t, err)
	}
	var token string
	token, s.TokenHash, s.TokenSealed = b.app.ShareLinks.New(s.ID)
	made, err := b.rows.CreateShare(b.t.Context(), models.Actor{}, models.Scope{Any: true}, s, time.Hour)
	require.NoError(b.t, err)
	return made, sharedPrefix + token
}
