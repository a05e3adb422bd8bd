package api

import (
	"fmt"
	"time"

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
	CreatedAt  time.Time         `json:"createdAt"`
}

func viewUser(u models.User) userView {
	return userView{
		ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, Status: u.Status,
		QuotaBytes: u.QuotaBytes, UsedBytes: u.UsedBytes, CreatedAt: u.CreatedAt.UTC(),
	}
}

// fileView is a file: what it shows is its current version.
type fileView struct {
	ID             string     `json:"id" format:"uuid"`
	Name           string     `json:"name" example:"cat.jpg"`
	OwnerID        string     `json:"ownerId" format:"uuid"`
	MIMEType       string     `json:"mimeType" doc:"Of the stored picture." example:"image/webp"`
	Size           int64      `json:"size" doc:"Bytes of the stored picture."`
	OriginalSize   int64      `json:"originalSize" doc:"Bytes as uploaded."`
	Width          int        `json:"width" doc:"Pixels."`
	Height         int        `json:"height" doc:"Pixels."`
	SHA256         string     `json:"sha256" doc:"Of the bytes as uploaded." pattern:"^[0-9a-f]{64}$"`
	Thumbhash      []byte     `json:"thumbhash" doc:"A ThumbHash, in base64."`
	CurrentVersion int        `json:"currentVersion"`
	VersionCount   int        `json:"versionCount"`
	CreatedAt      time.Time  `json:"createdAt"`
	UpdatedAt      time.Time  `json:"updatedAt"`
	TrashedAt      *time.Time `json:"trashedAt" doc:"When it was put into the trash, or null."`
	Links          fileLinks  `json:"links"`
}

// fileLinks are addresses that always show the same bytes.
type fileLinks struct {
	Content string `json:"content" format:"uri-reference"`
	Preview string `json:"preview" format:"uri-reference"`
	Thumb   string `json:"thumb" format:"uri-reference"`
}

func viewFile(f models.File) fileView {
	b := &f.Current.Blob
	full := fullOf(b)
	return fileView{
		ID: f.ID, Name: f.Name, OwnerID: f.OwnerID, MIMEType: full.MIMEType, Size: full.Size, OriginalSize: b.OriginalSize,
		Width: full.Width, Height: full.Height, SHA256: b.SHA256, Thumbhash: b.Thumbhash,
		CurrentVersion: f.CurrentVersion, VersionCount: f.VersionCount,
		CreatedAt: f.CreatedAt.UTC(), UpdatedAt: f.UpdatedAt.UTC(), TrashedAt: f.TrashedAt,
		Links: fileLinks{
			Content: contentLink(f.ID, models.VariantFull, f.CurrentVersion),
			Preview: contentLink(f.ID, models.VariantPreview, f.CurrentVersion),
			Thumb:   contentLink(f.ID, models.VariantThumb, f.CurrentVersion),
		},
	}
}

// contentLink names the version, so that what a cache keeps never grows old.
func contentLink(fileID, variant string, version int) string {
	return fmt.Sprintf("%s/files/%s/content?variant=%s&version=%d", Prefix, fileID, variant, version)
}

// fullOf is the stored picture. Its description is the blob's too.
func fullOf(b *models.Blob) models.Variant {
	full, ok := b.Variant(models.VariantFull)
	if !ok {
		full = models.Variant{MIMEType: b.MIMEType, Width: b.Width, Height: b.Height}
	}
	return full
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
	full := fullOf(&v.Blob)
	return versionView{
		Number: v.Number, Size: full.Size, OriginalSize: v.Blob.OriginalSize, SHA256: v.Blob.SHA256,
		MIMEType: full.MIMEType, Width: full.Width, Height: full.Height,
		CreatedAt: v.CreatedAt.UTC(), CreatedBy: v.CreatedBy, RestoredFrom: v.RestoredFrom,
	}
}

// notificationView tells of something that ended or got stuck.
type notificationView struct {
	ID        string                  `json:"id" format:"uuid"`
	Kind      models.NotificationKind `json:"kind" enum:"upload.done,upload.duplicate,upload.rejected,upload.failed,upload.stalled"`
	Title     string                  `json:"title"`
	Body      string                  `json:"body"`
	UploadID  *string                 `json:"uploadId"`
	FileID    *string                 `json:"fileId"`
	ReadAt    *time.Time              `json:"readAt"`
	CreatedAt time.Time               `json:"createdAt"`
}

func viewNotification(n models.Notification) notificationView {
	return notificationView{
		ID: n.ID, Kind: n.Kind, Title: n.Title, Body: n.Body, UploadID: n.UploadID, FileID: n.FileID,
		ReadAt: n.ReadAt, CreatedAt: n.CreatedAt.UTC(),
	}
}

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
