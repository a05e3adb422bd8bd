// Package wire holds what is shown of things in more than one place: in
// answers and event streams of the API, and in deliveries to webhooks. Field
// names are those of the HTTP contract.
package wire

import (
	"fmt"
	"time"

	"safelight/models"
)

// Prefix is where the HTTP contract begins.
const Prefix = "/api/v1"

// File is a file: what it shows is its current version.
type File struct {
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
	Links          FileLinks  `json:"links"`
}

// FileLinks are addresses that always show the same bytes.
type FileLinks struct {
	Content string `json:"content" format:"uri-reference"`
	Preview string `json:"preview" format:"uri-reference"`
	Thumb   string `json:"thumb" format:"uri-reference"`
}

// ViewFile shows a file.
func ViewFile(f models.File) File {
	b := &f.Current.Blob
	full := FullOf(b)
	return File{
		ID: f.ID, Name: f.Name, OwnerID: f.OwnerID, MIMEType: full.MIMEType, Size: full.Size, OriginalSize: b.OriginalSize,
		Width: full.Width, Height: full.Height, SHA256: b.SHA256, Thumbhash: b.Thumbhash,
		CurrentVersion: f.CurrentVersion, VersionCount: f.VersionCount,
		CreatedAt: f.CreatedAt.UTC(), UpdatedAt: f.UpdatedAt.UTC(), TrashedAt: f.TrashedAt,
		Links: FileLinks{
			Content: ContentLink(f.ID, models.VariantFull, f.CurrentVersion),
			Preview: ContentLink(f.ID, models.VariantPreview, f.CurrentVersion),
			Thumb:   ContentLink(f.ID, models.VariantThumb, f.CurrentVersion),
		},
	}
}

// ContentLink names the version, so that what a cache keeps never grows old.
func ContentLink(fileID, variant string, version int) string {
	return fmt.Sprintf("%s/files/%s/content?variant=%s&version=%d", Prefix, fileID, variant, version)
}

// FullOf is the stored picture. Its description is the blob's too.
func FullOf(b *models.Blob) models.Variant {
	full, ok := b.Variant(models.VariantFull)
	if !ok {
		full = models.Variant{MIMEType: b.MIMEType, Width: b.Width, Height: b.Height}
	}
	return full
}

// Notification tells of something that ended or got stuck.
type Notification struct {
	ID        string                  `json:"id" format:"uuid"`
	Kind      models.NotificationKind `json:"kind" enum:"upload.done,upload.duplicate,upload.rejected,upload.failed,upload.stalled"`
	Title     string                  `json:"title"`
	Body      string                  `json:"body"`
	UploadID  *string                 `json:"uploadId"`
	FileID    *string                 `json:"fileId"`
	Subject   string                  `json:"subject" doc:"The name of the upload."`
	Reason    string                  `json:"reason" doc:"A word for programs: the outcome, the code of the rejection, or the step that stalled. Empty where kind says it all."`
	ReadAt    *time.Time              `json:"readAt"`
	CreatedAt time.Time               `json:"createdAt"`
}

// ViewNotification shows a notification.
func ViewNotification(n models.Notification) Notification {
	return Notification{
		ID: n.ID, Kind: n.Kind, Title: n.Title, Body: n.Body, UploadID: n.UploadID, FileID: n.FileID,
		Subject: n.Subject, Reason: n.Reason, ReadAt: n.ReadAt, CreatedAt: n.CreatedAt.UTC(),
	}
}
