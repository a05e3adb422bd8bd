package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/intake"
	"safelight/internal/metrics"
	"safelight/models"
)

// tusVersion is the version of the tus protocol that is spoken here, and
// tusType what a body of it is sent as.
const (
	tusVersion = "1.0.0"
	tusType    = "application/offset+octet-stream"
)

// Headers of the tus protocol, and the one by which it tells which upload came of it.
const (
	headerTusResumable  = "Tus-Resumable"
	headerTusVersion    = "Tus-Version"
	headerUploadOffset  = "Upload-Offset"
	headerUploadLength  = "Upload-Length"
	headerDeferLength   = "Upload-Defer-Length"
	headerMetadata      = "Upload-Metadata"
	headerChecksum      = "Upload-Checksum"
	headerUploadExpires = "Upload-Expires"
	headerUploadID      = "Safelight-Upload-Id"
	headerOverride      = "X-HTTP-Method-Override"
)

// speakTus is the middleware of the protocol's addresses: every answer says
// which version it is of, those to requests that nobody may make too.
func speakTus(c *fiber.Ctx) error {
	c.Set(headerTusResumable, tusVersion)
	return c.Next() //nolint:wrapcheck // the handler's own error, on its way to handleError
}

// checkTus refuses a request of another version, or of none.
func checkTus(c *fiber.Ctx) error {
	if c.Get(headerTusResumable) != tusVersion {
		return problem(CodeTusVersion, "", nil).with(headerTusVersion, tusVersion)
	}
	return nil
}

// tusOptions tells what of the protocol is spoken here.
func (a *App) tusOptions(c *fiber.Ctx) error {
	c.Set(headerTusVersion, tusVersion)
	c.Set("Tus-Extension", "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration")
	c.Set("Tus-Max-Size", strconv.FormatInt(a.Config.MaxUploadBytes, 10))
	c.Set("Tus-Checksum-Algorithm", "sha1,sha256")
	c.Status(http.StatusNoContent)
	return nil
}

// createTus begins an upload, and takes its first bytes where they come along.
func (a *App) createTus(c *fiber.Ctx) error {
	if err := checkTus(c); err != nil {
		return err
	}
	begin, err := a.tusBeginning(c)
	if err != nil {
		return err
	}
	withBody := isTusBody(c)
	if !withBody && c.Request().Header.ContentLength() > 0 {
		return problem(CodeUnsupportedMedia, "Send the first bytes as "+tusType+", or none.", nil)
	}
	chunk := intake.Chunk{OwnerID: begin.OwnerID}
	if withBody {
		if err := a.tusChunk(c, &chunk); err != nil {
			return a.tusFault(err)
		}
	}
	up, err := a.Uploads.Resumable.Create(c.UserContext(), begin)
	if errors.Is(err, models.ErrNotFound) {
		return a.turnedDown(metrics.WayTus, problem(CodeNotFound, "You have no file with this fileId.", err))
	}
	if err != nil {
		return a.turnedDown(metrics.WayTus, a.tusFault(err))
	}
	infoFrom(c.UserContext()).uploadID = up.ID
	if withBody {
		id := up.ID
		chunk.UploadID = id
		if up, err = a.writeTus(c, chunk); err != nil {
			a.Uploads.Resumable.Drop(c.UserContext(), id) // its client knows no address to go on at
			return a.tusFault(err)
		}
		c.Set(headerUploadOffset, strconv.FormatInt(up.Received, 10))
	}
	c.Set(fiber.HeaderLocation, Prefix+"/uploads/tus/"+up.ID)
	standing(c, up)
	c.Status(http.StatusCreated)
	return nil
}

// patchTus takes the next bytes of an upload.
func (a *App) patchTus(c *fiber.Ctx) error {
	if err := checkTus(c); err != nil {
		return err
	}
	if !isTusBody(c) {
		return problem(CodeUnsupportedMedia, "Send the bytes as "+tusType+".", nil)
	}
	offset, err := tusNumber(c, headerUploadOffset)
	if err == nil && offset == nil {
		err = invalid(Fault{Location: "header." + headerUploadOffset, Message: "required"})
	}
	if err != nil {
		return err
	}
	total, err := tusNumber(c, headerUploadLength)
	if err != nil {
		return err
	}
	chunk := intake.Chunk{
		UploadID: c.Params("id"), OwnerID: identityFrom(c.UserContext()).User.ID, Offset: *offset, Total: total,
	}
	if err := a.tusChunk(c, &chunk); err != nil {
		return a.tusFault(err)
	}
	up, err := a.writeTus(c, chunk)
	if err != nil {
		return a.tusFault(err)
	}
	c.Set(headerUploadOffset, strconv.FormatInt(up.Received, 10))
	standing(c, up)
	c.Status(http.StatusNoContent)
	return nil
}

// writeTus adds a chunk. When the server goes away meanwhile, what has come is
// kept and the client goes on elsewhere. One that is too slow is told how far it
// has come, as the protocol lets a server take less than it was sent: clients
// give up on a 408, although going on is all they need.
func (a *App) writeTus(c *fiber.Ctx, chunk intake.Chunk) (models.TusUpload, error) {
	over, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-a.Events.Closing:
			chunk.Body.Stop(models.ErrUnavailable)
		case <-over:
		}
	}()
	defer func() { close(over); <-watched }()
	up, err := a.Uploads.Resumable.Write(c.UserContext(), chunk)
	if errors.Is(err, os.ErrDeadlineExceeded) && up.Received > chunk.Offset {
		return up, nil
	}
	if errors.Is(err, models.ErrUnsupportedMedia) || errors.Is(err, models.ErrTooLarge) { // what no further request can mend
		return up, a.turnedDown(metrics.WayTus, fmt.Errorf("write to upload: %w", err))
	}
	if err != nil {
		return up, fmt.Errorf("write to upload: %w", err)
	}
	infoFrom(c.UserContext()).uploadID = up.ID
	if up.Taken() {
		a.tookIn(c.UserContext(), metrics.WayTus, &up.Upload, true)
	}
	return up, nil
}

// headTus tells how far an upload is.
func (a *App) headTus(c *fiber.Ctx) error {
	if err := checkTus(c); err != nil {
		return err
	}
	up, err := a.Uploads.Resumable.Look(c.UserContext(), identityFrom(c.UserContext()).User.ID, c.Params("id"))
	if err != nil {
		return a.tusFault(err)
	}
	c.Set(headerUploadOffset, strconv.FormatInt(up.Received, 10))
	if up.Total != nil {
		c.Set(headerUploadLength, strconv.FormatInt(*up.Total, 10))
	} else {
		c.Set(headerDeferLength, "1")
	}
	if up.Metadata != "" {
		c.Set(headerMetadata, up.Metadata)
	}
	standing(c, up)
	c.Status(http.StatusOK)
	return nil
}

// deleteTus ends an upload that is not all there.
func (a *App) deleteTus(c *fiber.Ctx) error {
	if err := checkTus(c); err != nil {
		return err
	}
	err := a.Uploads.Resumable.Terminate(c.UserContext(), identityFrom(c.UserContext()).User.ID, c.Params("id"))
	if errors.Is(err, models.ErrAlreadyFinished) {
		return problem(CodeAlreadyFinished, "Every byte of this upload was taken in: it is one like any other, and is cancelled as such.", err)
	}
	if err != nil {
		return a.tusFault(err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// overrideTus serves clients that can send nothing but POST.
func (a *App) overrideTus(c *fiber.Ctx) error {
	switch c.Get(headerOverride) {
	case http.MethodPatch:
		return a.patchTus(c)
	case http.MethodHead:
		return a.headTus(c)
	case http.MethodDelete:
		return a.deleteTus(c)
	}
	return problem(CodeMethodNotAllowed, "POST to an upload needs the header "+headerOverride+" with PATCH, HEAD or DELETE.", nil).
		with(fiber.HeaderAllow, "HEAD, PATCH, DELETE")
}

// standing says until when an upload can be resumed or, once all of it was
// taken in, which upload it is.
func standing(c *fiber.Ctx, up models.TusUpload) {
	if up.Taken() {
		c.Set(headerUploadID, up.ID)
		return
	}
	c.Set(headerUploadExpires, up.ExpiresAt.UTC().Format(http.TimeFormat))
}

// tusFault says of a failed request what was wrong and what to do.
func (a *App) tusFault(err error) error {
	var said *Problem
	var body *intake.BodyError
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, models.ErrLocked), errors.Is(err, models.ErrUnavailable):
		return err
	case errors.Is(err, models.ErrTooLarge):
		return problem(CodeTooLarge, fmt.Sprintf("A file may have %s at most, and an upload no more bytes than its %s.",
			sizeInWords(a.Config.MaxUploadBytes), headerUploadLength), err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem(CodeTimeout, "The bytes stood still for too long or came too slowly. "+keptSoFar, err)
	case errors.As(err, &body):
		return problem(CodeUploadInterrupted, "The body ended early. "+keptSoFar, err)
	case errors.Is(err, models.ErrConflict):
		return problem(CodeConflict, headerUploadLength+" is not what was said before, or less than has come.", err)
	case errors.Is(err, models.ErrEmptyFile), errors.Is(err, models.ErrUnsupportedMedia):
		return a.receiveFault(err)
	}
	return err
}

const keptSoFar = "What had come is kept, unless it came with a checksum: ask for the offset with HEAD and go on from it."
