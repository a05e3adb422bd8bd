package api

import (
	"time"

	"safelight/internal/wire"
	"safelight/models"
)

// userView is an account as its owner and admins see it.
type userView struct {
	ID         string            `json:"id" format:"uuid"`
	Email      string            `json:"email" format:"email"`
	Name       string            `json:"name"`
	Role       models.Role       `json:"role" enum:"user,admin"`
	Status     models.UserStatus `json:"status" enum:"active,suspended"`
	QuotaBytes int64             `json:"quotaBytes" doc:"What all versions may take up, previews included."`
	UsedBytes  int64             `json:"usedBytes" doc:"What all versions take up, those in the trash included."`
	QuotaFiles int64             `json:"quotaFiles" doc:"How many files there may be."`
	UsedFiles  int64             `json:"usedFiles" doc:"How many there are, those in the trash included."`
	CreatedAt  time.Time         `json:"createdAt"`
}

func viewUser(u models.User) userView {
	return userView{
		ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, Status: u.Status,
		QuotaBytes: u.QuotaBytes, UsedBytes: u.UsedBytes,
		QuotaFiles: u.QuotaFiles, UsedFiles: u.UsedFiles, CreatedAt: u.CreatedAt.UTC(),
	}
}

// fileView is a file: what it shows is its current version.
type fileView = wire.File

func viewFile(f models.File) fileView { return wire.ViewFile(f) }

// contentLink names the version, so that what a cache keeps never grows old.
func contentLink(fileID, variant string, version int) string {
	return wire.ContentLink(fileID, variant, version)
}

// versionView is one state of a file's content.
type versionView struct {
	Number       int       `json:"number"`
	Size         int64     `json:"size" doc:"Bytes of the stored picture."`
	OriginalSize int64     `json:"originalSize" doc:"Bytes as uploaded."`
	SHA256       string    `json:"sha256" doc:"Of the bytes as uploaded."`
	MIMEType     string    `json:"mimeType"`
	Width        int       `json:"width"`
	Height       int       `json:"height"`
	CreatedAt    time.Time `json:"createdAt"`
	CreatedBy    string    `json:"createdBy" format:"uuid"`
	RestoredFrom *int      `json:"restoredFrom" doc:"The number of the version that this one brought back, or null."`
}

func viewVersion(v models.Version) versionView {
	full := wire.FullOf(&v.Blob)
	return versionView{
		Number: v.Number, Size: full.Size, OriginalSize: v.Blob.OriginalSize, SHA256: v.Blob.SHA256,
		MIMEType: full.MIMEType, Width: full.Width, Height: full.Height,
		CreatedAt: v.CreatedAt.UTC(), CreatedBy: v.CreatedBy, RestoredFrom: v.RestoredFrom,
	}
}

// notificationView tells of something that ended or got stuck.
type notificationView = wire.Notification

func viewNotification(n models.Notification) notificationView { return wire.ViewNotification(n) }

// page is a part of a list.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"nextCursor" doc:"Send it as cursor for the next part; null at the end."`
}

type pageOutput[T any] struct{ Body page[T] }

// viewPage shows a part of a list, each item by view.
func viewPage[M, V any](p models.Page[M], view func(M) V) *pageOutput[V] {
	out := page[V]{Items: make([]V, len(p.Items))}
	for i, item := range p.Items {
		out.Items[i] = view(item)
	}
	if p.Next != "" {
		out.NextCursor = &p.Next
	}
	return &pageOutput[V]{Body: out}
}

// PageInput is how every list is asked for its parts. It is exported, as Huma
// finds no parameters in an embedded struct that is not.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The most items to answer with."`
	Cursor string `query:"cursor" maxLength:"512" doc:"nextCursor of the part before."`
}
