package console

import (
	"errors"
	"fmt"

	"safelight/internal/uploader"
	"safelight/models"
)

// Describe says in plain words what became of a file.
func Describe(r uploader.Result) string { return describe(r) }

func describe(r uploader.Result) string {
	up := &r.Upload
	switch r.Word() {
	case "created", "versioned":
		return describeStored(up)
	case "duplicate":
		return "duplicate: you have this picture already" + inFile(up.DuplicateOf) + "; nothing new is stored"
	case "restored":
		return "restored: you had this picture in the trash; it is back" + inFile(up.FileID)
	case "unchanged":
		return "unchanged: these are the bytes of the file's current version"
	case "rejected":
		return describeRejection(up.Rejection)
	case "stalled":
		return "stalled" + lastWords(up) + " — it waits on the server for a retry or a cancel (upload " + clean(up.ID) + ")"
	case "failed":
		return "failed" + lastWords(up)
	case "canceled":
		return "canceled"
	case "processing":
		return describeProcessing(r)
	case "unsent":
		return "not sent"
	case "refused":
		return "refused: " + problemText(r.Err)
	}
	return "error: " + clean(errorText(r.Err))
}

func describeStored(up *uploader.Upload) string {
	text := "created"
	if *up.Outcome == models.OutcomeVersioned {
		text = "versioned"
		if up.VersionNumber != nil {
			text = fmt.Sprintf("versioned: now version %d", *up.VersionNumber)
		}
	}
	if up.StoredSize != nil {
		text += fmt.Sprintf(", %s → %s (%s)", bytesText(up.Size), bytesText(*up.StoredSize), saving(up.Size, *up.StoredSize))
	}
	return text
}

func saving(before, after int64) string {
	switch {
	case before <= 0:
		return "nothing to save"
	case after > before:
		return fmt.Sprintf("%d %% more", (after-before)*100/before)
	}
	return fmt.Sprintf("%d %% saved", (before-after)*100/before)
}

func inFile(id *string) string {
	if id == nil {
		return ""
	}
	return " (file " + clean(*id) + ")"
}

// reasons are the rejection codes in plain words, for a server that gives none.
var reasons = map[models.RejectionCode]string{
	models.RejectInfected:      "the virus scanner found something",
	models.RejectUnscannable:   "the virus scanner cannot judge it",
	models.RejectCorrupt:       "the picture is damaged",
	models.RejectUnsupported:   "this kind of picture is not supported",
	models.RejectTooManyPixels: "the picture has too many pixels",
	models.RejectIntegrity:     "the bytes changed on their way",
}

func describeRejection(r *models.Rejection) string {
	if r == nil {
		return "rejected"
	}
	text := "rejected: " + clean(string(r.Code))
	if r.Signature != "" {
		text += " (" + clean(r.Signature) + ")"
	}
	if r.Detail != "" {
		return text + ". " + clean(r.Detail)
	}
	if why, ok := reasons[r.Code]; ok {
		text += ", " + why
	}
	return text
}

// lastWords is what the step that went wrong had to say.
func lastWords(up *uploader.Upload) string {
	s := up.Current()
	if s == nil || s.State == models.StepDone || s.State == models.StepSkipped {
		return ""
	}
	text := " at " + clean(string(s.Name))
	if s.Message != nil && *s.Message != "" {
		text += ": " + clean(*s.Message)
	}
	return text
}

func describeProcessing(r uploader.Result) string {
	text := "still being processed on the server (upload " + clean(r.Upload.ID) + ")"
	if errors.Is(r.Err, uploader.ErrLost) {
		text += ", which has not answered for a while"
	} else if p := (*uploader.Problem)(nil); errors.As(r.Err, &p) {
		text += ", but cannot be watched: " + problemText(r.Err)
	}
	return text
}

func problemText(err error) string {
	var p *uploader.Problem
	if !errors.As(err, &p) {
		return clean(err.Error())
	}
	text := clean(p.Error())
	if p.Status >= 500 && p.RequestID != "" {
		text += " (request " + clean(p.RequestID) + ")"
	}
	return text
}

func errorText(err error) string {
	if err == nil {
		return "unknown"
	}
	return err.Error()
}
