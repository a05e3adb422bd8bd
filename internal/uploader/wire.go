package uploader

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"safelight/models"
)

// Upload is an upload as the API shows it. Sizes are in bytes.
type Upload struct {
	ID            string             `json:"id"`
	Name          string             `json:"name"`
	Size          int64              `json:"size"`
	SHA256        string             `json:"sha256"`
	MIMEType      string             `json:"mimeType"`
	State         models.UploadState `json:"state"`
	Percent       int                `json:"percent"`
	Steps         []models.Step      `json:"steps"`
	Outcome       *models.Outcome    `json:"outcome"`
	Rejection     *models.Rejection  `json:"rejection"`
	FileID        *string            `json:"fileId"`
	VersionNumber *int               `json:"versionNumber"`
	DuplicateOf   *string            `json:"duplicateOf"`
	StoredSize    *int64             `json:"storedSize"`
	WorkflowID    string             `json:"workflowId"`
	Seq           int64              `json:"seq"`
	CreatedAt     time.Time          `json:"createdAt"`
	FinishedAt    *time.Time         `json:"finishedAt"`
}

// Current is the step to look at: the one that failed, retries or runs, else
// the last that was not pending; nil before any has begun.
func (u *Upload) Current() *models.Step {
	var last *models.Step
	for i := range u.Steps {
		s := &u.Steps[i]
		switch s.State {
		case models.StepFailed, models.StepRetrying, models.StepRunning:
			return s
		case models.StepDone, models.StepSkipped:
			last = s
		case models.StepPending:
		}
	}
	return last
}

// Problem is an error answer of the API (RFC 9457). It is an error itself;
// find it with errors.As.
type Problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId,omitempty"`
	Errors    []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors,omitempty"`

	retryAfter string
	again      bool // whatever the status says
}

// Error implements error: what a person needs to know, in one line.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		text += fmt.Sprintf(" (%s: %s)", e.Location, e.Message)
	}
	word := p.Code
	if word == "" {
		word = strings.ToLower(http.StatusText(p.Status))
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s: %s", p.Status, word, text))
}

// maxProblem bounds how much of an error answer is read.
const maxProblem = 64 << 10

// problemOf reads an error answer, also one that no Safelight wrote (a proxy's
// page): the status alone counts then.
func problemOf(res *http.Response) *Problem {
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	isJSON := strings.Contains(res.Header.Get("Content-Type"), "json")
	if err != nil || !isJSON || json.Unmarshal(body, p) != nil {
		p = &Problem{Title: http.StatusText(res.StatusCode)}
	}
	p.Status = res.StatusCode
	if p.RequestID == "" {
		p.RequestID = res.Header.Get("X-Request-Id")
	}
	p.retryAfter = res.Header.Get("Retry-After")
	return p
}

// passing reports whether the same request may fare better later.
func (p *Problem) passing() bool {
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
		return true
	case http.StatusNotImplemented, http.StatusInsufficientStorage: // the latter is the quota
		return false
	}
	return p.again || p.Status >= http.StatusInternalServerError
}
