package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"safelight/models"
)

type adminListUploadsInput struct {
	PageInput
	State   models.UploadState `query:"state" enum:"receiving,processing,stalled,done,rejected,canceled,failed" doc:"Only those in this state."`
	OwnerID string             `query:"ownerId" maxLength:"64" doc:"Only those of this user; by default everybody's."`
	Step    models.StepName    `query:"step" enum:"scan,dedup,compress,move,version,notify" doc:"Only those that are at this step, or were at last."`
	Code    string             `query:"code" maxLength:"64" pattern:"^[a-z_]*$" doc:"Only those that were rejected or are stalled with this code." example:"scanner_unavailable"`
}

// UploadView is an upload, to be embedded: Huma passes over what is not exported.
type UploadView = uploadView

// adminUploadView is an upload with what only operators are shown.
type adminUploadView struct {
	UploadView
	OwnerID      string            `json:"ownerId" format:"uuid"`
	OwnerEmail   *string           `json:"ownerEmail" doc:"Null where the account is gone."`
	StallCode    *models.StallCode `json:"stallCode" enum:"scanner_unavailable,storage_unavailable,database_unavailable,codec_crashed,gone,timeout,other" doc:"Why a stalled upload waits."`
	ReleasedFrom *string           `json:"releasedFrom" doc:"The rejected upload whose original was let out of quarantine for this one."`
	TemporalURL  *string           `json:"temporalUrl" format:"uri" doc:"The page of its workflow in the Temporal UI, where there is one."`
}

type adminUploadOutput struct{ Body adminUploadView }

type retryAllInput struct {
	Body struct {
		Step models.StepName  `json:"step,omitempty" enum:"scan,dedup,compress,move,version" doc:"Only those that wait at this step."`
		Code models.StallCode `json:"code,omitempty" enum:"scanner_unavailable,storage_unavailable,database_unavailable,codec_crashed,gone,timeout,other" doc:"Only those that wait with this code."`
	}
}

type retryAllOutput struct {
	Body struct {
		Retried int64 `json:"retried" doc:"How many uploads take their step up again."`
	}
}

// adminUploadRoutes registers everybody's uploads.
func (a *App) adminUploadRoutes() {
	uploads := Prefix + "/admin/uploads"
	operation(a, Route{
		ID: "adminListUploads", Method: http.MethodGet, Path: uploads, Permission: ForAdmins, Tag: "Operations",
		Summary: "Everybody's uploads, newest first", Status: http.StatusOK,
	}, a.adminListUploads)
	operation(a, retryRoute("adminRetryUpload", uploads, ForAdmins, "Operations"), a.adminRetryUpload)
	operation(a, cancelRoute("adminCancelUpload", uploads, ForAdmins, "Operations"), a.adminCancelUpload)
	operation(a, Route{
		ID: "adminRetryUploads", Method: http.MethodPost, Path: uploads + "/retry", Permission: ForAdmins, Tag: "Operations",
		Summary: "Have every stalled upload that matches take its step up again", Status: http.StatusOK,
		Description: "However many there are. Asking again while they begin does no harm.",
		Codes:       []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeUnavailable},
	}, a.adminRetryUploads)
}

func (a *App) adminListUploads(ctx context.Context, in *adminListUploadsInput) (*pageOutput[adminUploadView], error) {
	p, err := a.Uploads.Rows.ListUploads(ctx, models.UploadFilter{
		Scope: ownedBy(in.OwnerID), State: in.State, Step: in.Step, Code: in.Code, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, fmt.Errorf("list everybody's uploads: %w", err)
	}
	emails, err := emailsOf(ctx, a.Admin.Rows, p.Items, func(up models.Upload) string { return up.OwnerID })
	if err != nil {
		return nil, err
	}
	return viewPage(p, func(up models.Upload) adminUploadView { return a.viewAdminUpload(up, viewUpload(up), emails) }), nil
}

func (a *App) viewAdminUpload(up models.Upload, shown uploadView, emails map[string]string) adminUploadView {
	v := adminUploadView{UploadView: shown, OwnerID: up.OwnerID, OwnerEmail: known(emails[up.OwnerID]), TemporalURL: a.temporalURL(up.WorkflowID())}
	if up.State == models.UploadStalled && up.StallCode != "" {
		v.StallCode = &up.StallCode
	}
	if up.Released != nil {
		v.ReleasedFrom = &up.Released.From
	}
	return v
}

// temporalURL is the page of a workflow in the Temporal UI, or nil where there is none.
func (a *App) temporalURL(workflowID string) *string {
	if a.Config.TemporalUIURL == "" {
		return nil
	}
	u := strings.TrimSuffix(a.Config.TemporalUIURL, "/") +
		"/namespaces/" + url.PathEscape(a.Config.TemporalNamespace) + "/workflows/" + url.PathEscape(workflowID)
	return &u
}

func (a *App) adminRetryUpload(ctx context.Context, in *uploadInput) (*adminUploadOutput, error) {
	return a.adminSteer(ctx, in, a.retryUpload)
}

func (a *App) adminCancelUpload(ctx context.Context, in *uploadInput) (*adminUploadOutput, error) {
	return a.adminSteer(ctx, in, a.cancelUpload)
}

// adminSteer does what the owner's route does, and shows more of it.
func (a *App) adminSteer(ctx context.Context, in *uploadInput, do func(context.Context, *uploadInput) (*uploadOutput, error)) (*adminUploadOutput, error) {
	out, err := do(ctx, in)
	if err != nil {
		return nil, err
	}
	up, err := a.Uploads.Rows.UploadByID(ctx, models.Scope{Any: true}, in.ID)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	emails, err := a.Admin.Rows.Emails(ctx, []string{up.OwnerID})
	if err != nil {
		return nil, fmt.Errorf("read address of owner: %w", err)
	}
	return &adminUploadOutput{Body: a.viewAdminUpload(up, out.Body, emails)}, nil
}

// byRole reports whether the caller acts by their role: on what is not theirs,
// or by a route for administrators.
func byRole(ctx context.Context, up *models.Upload) bool {
	return identityFrom(ctx).User.ID != up.OwnerID || strings.HasPrefix(infoFrom(ctx).Route, Prefix+"/admin/")
}

// uploadEntry is the line in the audit log for an act on somebody's upload.
func uploadEntry(ctx context.Context, action string, up *models.Upload) models.AuditEntry {
	e := models.AuditEntry{
		Actor: actorFrom(ctx), Action: action, TargetKind: "upload", TargetID: up.ID,
		Details: map[string]any{"ownerId": up.OwnerID, "state": string(up.State)},
	}
	if up.State == models.UploadStalled {
		e.Details["step"], e.Details["code"] = string(up.Step), string(up.StallCode)
	}
	return e
}

// audited runs an act on an upload, where it is an administrator's after its
// line in the audit log has been written.
func (a *App) audited(ctx context.Context, action string, up *models.Upload, do func(context.Context, *models.Upload) error) error {
	if !byRole(ctx, up) {
		return do(ctx, up)
	}
	return a.Admin.Rows.Audited(ctx, uploadEntry(ctx, action, up),
		func(ctx context.Context) error { return do(ctx, up) })
}

const (
	// retryAllWithin bounds a retry of everything, also after its caller has gone.
	retryAllWithin = 5 * time.Minute
	// retryAtOnce is how many signals are on their way at once, each after its
	// line in the audit log.
	retryAtOnce = 8
	retryPage   = 200
)

// adminRetryUploads signals every stalled upload that matches. One that has
// been taken up or ended meanwhile does not count. A second call at the same
// time sends signals again, which mean nothing to a workflow that goes on.
func (a *App) adminRetryUploads(ctx context.Context, in *retryAllInput) (*retryAllOutput, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), retryAllWithin)
	defer cancel()
	filter := models.UploadFilter{
		Scope: models.Scope{Any: true}, State: models.UploadStalled, Step: in.Body.Step, Code: string(in.Body.Code), Limit: retryPage,
	}
	var retried atomic.Int64
	for {
		p, err := a.Uploads.Rows.ListUploads(ctx, filter)
		if err != nil {
			return nil, fmt.Errorf("list stalled uploads: %w", err)
		}
		if err := a.retryEach(ctx, p.Items, &retried); err != nil {
			if errors.Is(err, models.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
				detail := fmt.Sprintf("The workflow engine can not be reached at the moment. %d uploads were retried; ask again for the others.", retried.Load())
				return nil, problem(CodeUnavailable, detail, err)
			}
			return nil, err
		}
		if p.Next == "" {
			break
		}
		filter.Cursor = p.Next
	}
	out := &retryAllOutput{}
	out.Body.Retried = retried.Load()
	return out, nil
}

func (a *App) retryEach(ctx context.Context, ups []models.Upload, retried *atomic.Int64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(retryAtOnce)
	for i := range ups {
		group.Go(func() error {
			if ctx.Err() != nil { // another one has failed, and tells why: what is left is asked for again
				return nil
			}
			asking, cancel := context.WithTimeout(ctx, engineWithin)
			defer cancel()
			entry := uploadEntry(ctx, "upload.retried", &ups[i])
			err := a.Admin.Rows.Audited(asking, entry, func(ctx context.Context) error { return a.Uploads.Engine.Retry(ctx, &ups[i]) })
			switch {
			case errors.Is(err, models.ErrAlreadyFinished):
				return nil
			case err != nil:
				return fmt.Errorf("retry upload %s: %w", ups[i].ID, err)
			}
			retried.Add(1)
			return nil
		})
	}
	return group.Wait() //nolint:wrapcheck // wrapped above
}
