package api

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/intake"
	"safelight/internal/metrics"
	"safelight/models"
)

// idempotencyKey is the header by which a client sends a request again safely.
const idempotencyKey = "Idempotency-Key"

// receiveUpload takes in one picture from a multipart form, as a stream.
func (a *App) receiveUpload(c *fiber.Ctx) error {
	key, err := keyFrom(c)
	if err != nil {
		return err
	}
	form, err := a.openForm(c)
	if err != nil {
		return a.turnedDown(metrics.WayForm, a.receiveFault(err))
	}
	up, created, err := a.Uploads.Intake.Accept(c.UserContext(), intake.Request{
		OwnerID: identityFrom(c.UserContext()).User.ID, Name: form.name, FileID: form.fileID,
		IdempotencyKey: key, Announced: form.announced, Body: form.file,
	})
	if err != nil {
		return a.turnedDown(metrics.WayForm, a.receiveFault(err))
	}
	a.tookIn(c.UserContext(), metrics.WayForm, &up, created)
	form.body.finish()
	c.Set(fiber.HeaderLocation, Prefix+"/uploads/"+up.ID)
	if err := c.Status(fiber.StatusAccepted).JSON(viewUpload(up)); err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	return nil
}

// keyFrom reads the idempotency key.
func keyFrom(c *fiber.Ctx) (string, error) {
	key := c.Get(idempotencyKey)
	unprintable := strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
	if len(key) > 255 || unprintable || key == "" && len(c.Request().Header.PeekAll(idempotencyKey)) > 0 {
		return "", invalid(Fault{Location: "header." + idempotencyKey, Message: "expected 1 to 255 printable ASCII characters"})
	}
	return key, nil
}

// receiveFault says of a failed upload what was wrong and what to do.
func (a *App) receiveFault(err error) error {
	var said *Problem
	var body *intake.BodyError
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, models.ErrTooLarge):
		return problem(CodeTooLarge, fmt.Sprintf("A file may have %s at most.", sizeInWords(a.Config.MaxUploadBytes)), err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem(CodeTimeout, "The upload stood still for too long or came too slowly. Nothing was kept; send it again.", err)
	case errors.As(err, &body):
		return problem(CodeUploadInterrupted, "", err)
	case errors.Is(err, models.ErrUnsupportedMedia):
		return problem(CodeUnsupportedMedia, "The content is not a picture of an accepted type: "+strings.Join(a.Config.AcceptedTypes, ", ")+".", err)
	case errors.Is(err, models.ErrEmptyFile):
		return problem(CodeEmptyFile, "The part file has no bytes. Choose a file with content.", err)
	case errors.Is(err, models.ErrNotFound):
		return problem(CodeNotFound, "You have no file with this fileId.", err)
	case errors.Is(err, models.ErrConflict):
		return problem(CodeConflict, "The upload was cancelled while it was being sent, or another request with the same Idempotency-Key is still sending it.", err)
	}
	return err
}

// sizeInWords is a limit as people and programs can read it.
func sizeInWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%.4g MiB (%d bytes)", float64(n)/(1<<20), n)
	}
	return fmt.Sprintf("%d bytes", n)
}
