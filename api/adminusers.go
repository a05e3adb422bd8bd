package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"safelight/internal/auth"
	"safelight/models"
)

const (
	// resetFor is how long a link to set a new password is good.
	resetFor = time.Hour
	// purgePage is how many files of a deleted user go at a time, and
	// purgeWithin how long its admin waits for them: housekeeping removes the rest.
	purgePage   = 500
	purgeWithin = 10 * time.Second
	// cancelWithin is how long the workflows of a deleted user are told to stop.
	cancelWithin = 5 * time.Second
)

type listUsersInput struct {
	PageInput
	Q      string            `query:"q" maxLength:"254" doc:"A part of the name or of the e-mail address, whatever its case."`
	Role   models.Role       `query:"role" enum:"user,admin" doc:"Only those with this role."`
	Status models.UserStatus `query:"status" enum:"active,suspended" doc:"Only those in this state."`
}

type addUserInput struct {
	Body struct {
		Email      string      `json:"email" minLength:"3" maxLength:"254" example:"ada@example.org"`
		Name       string      `json:"name" minLength:"1" maxLength:"200" example:"Ada"`
		Role       models.Role `json:"role,omitempty" enum:"user,admin" default:"user"`
		QuotaBytes *int64      `json:"quotaBytes,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Left out: that of everybody who registers."`
		QuotaFiles *int64      `json:"quotaFiles,omitempty" minimum:"0" maximum:"9007199254740991" doc:"How many files there may be. Left out: as many as of everybody who registers."`
		Password   string      `json:"password,omitempty" minLength:"8" maxLength:"256" format:"password" doc:"For programs that set accounts up. Better left out: the answer has a link then, by which the user sets it."`
	}
}

// addedUserView is a new account; with a link to set its first password, where
// it has none yet.
type addedUserView struct {
	ID             string            `json:"id" format:"uuid"`
	Email          string            `json:"email" format:"email"`
	Name           string            `json:"name"`
	Role           models.Role       `json:"role" enum:"user,admin"`
	Status         models.UserStatus `json:"status" enum:"active,suspended"`
	QuotaBytes     int64             `json:"quotaBytes"`
	UsedBytes      int64             `json:"usedBytes"`
	QuotaFiles     int64             `json:"quotaFiles"`
	UsedFiles      int64             `json:"usedFiles"`
	CreatedAt      time.Time         `json:"createdAt"`
	ResetURL       *string           `json:"resetUrl" format:"uri" doc:"To be given to the user; null where a password was given."`
	ResetExpiresAt *time.Time        `json:"resetExpiresAt"`
}

type addedUserOutput struct{ Body addedUserView }

type managedUserInput struct {
	ID string `path:"id" maxLength:"64"`
}

type updateUserInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name       *string            `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Role       *models.Role       `json:"role,omitempty" enum:"user,admin"`
		Status     *models.UserStatus `json:"status,omitempty" enum:"active,suspended"`
		QuotaBytes *int64             `json:"quotaBytes,omitempty" minimum:"0" maximum:"9007199254740991"`
		QuotaFiles *int64             `json:"quotaFiles,omitempty" minimum:"0" maximum:"9007199254740991"`
	}
}

type resetLinkView struct {
	ResetURL  string    `json:"resetUrl" format:"uri" doc:"To be given to the user, by whom it can be used once." example:"https://photos.example/reset#token=kq3G1S5cXJ0mCz7o9QvVtYw2bHfRnE4uLdPaIiTgZxM"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type resetLinkOutput struct{ Body resetLinkView }

// adminUserRoutes registers what admins do to accounts. All of it is in the
// audit log.
func (a *App) adminUserRoutes() {
	users, user := Prefix+"/admin/users", Prefix+"/admin/users/{id}"
	body := []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia}
	operation(a, Route{
		ID: "listUsers", Method: http.MethodGet, Path: users, Permission: ForAdmins, Tag: "Administration",
		Summary: "Accounts, newest first", Status: http.StatusOK,
	}, a.listUsers)
	operation(a, Route{
		ID: "addUser", Method: http.MethodPost, Path: users, Permission: ForAdmins, Tag: "Administration",
		Summary: "Make an account for somebody", Status: http.StatusCreated,
		Description: "Possible where registration is closed, too. Without a password the answer has a link, good for an hour, by which the user sets one.",
		Codes:       append([]Code{CodeEmailTaken, CodeUnavailable}, body...),
	}, a.addUser)
	operation(a, Route{
		ID: "updateUser", Method: http.MethodPatch, Path: user, Permission: ForAdmins, Tag: "Administration",
		Summary: "Change a user's role, status, quota or name", Status: http.StatusOK,
		Description: "Suspending and demoting act on the user's next request and end their event streams.",
		Codes:       append([]Code{CodeNotFound, CodeLastAdmin, CodeUnavailable}, body...),
	}, a.updateUser)
	operation(a, Route{
		ID: "deleteUser", Method: http.MethodDelete, Path: user, Permission: ForAdmins, Tag: "Administration",
		Summary: "Delete an account and all its files for good", Status: http.StatusNoContent,
		Description: "Uploads under way are canceled. Very many files may take some minutes to go.",
		Codes:       []Code{CodeNotFound, CodeLastAdmin, CodeUnavailable},
	}, a.deleteUser)
	operation(a, Route{
		ID: "resetUserPassword", Method: http.MethodPost, Path: user + "/reset-password", Permission: ForAdmins, Tag: "Administration",
		Summary: "Make a link by which a user sets a new password", Status: http.StatusOK,
		Description: "Good once and for an hour; a link made before ends. Sessions go on until it is used.",
		Codes:       []Code{CodeNotFound},
	}, a.resetUserPassword)
	operation(a, Route{
		ID: "endUserSessions", Method: http.MethodDelete, Path: user + "/sessions", Permission: ForAdmins, Tag: "Administration",
		Summary: "Sign a user out everywhere", Status: http.StatusNoContent, Codes: []Code{CodeNotFound},
		Description: "Personal access tokens go on; suspend the account to stop them.",
	}, a.endUserSessions)
}

func (a *App) listUsers(ctx context.Context, in *listUsersInput) (*pageOutput[userView], error) {
	p, err := a.Users.ListUsers(ctx, models.UserFilter{Q: in.Q, Role: in.Role, Status: in.Status, Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return viewPage(p, viewUser), nil
}

func (a *App) addUser(ctx context.Context, in *addUserInput) (*addedUserOutput, error) {
	user, err := a.checkNewUser(in)
	if err != nil {
		return nil, err
	}
	token, tokenHash := auth.NewResetToken()
	if in.Body.Password != "" {
		if user.PasswordHash, err = a.Passwords.Hash(ctx, in.Body.Password); err != nil {
			return nil, fmt.Errorf("hash password: %w", err)
		}
		tokenHash = nil
	}
	expires, err := a.Users.AddUser(ctx, actorFrom(ctx), user, tokenHash, resetFor)
	if err != nil {
		return nil, fmt.Errorf("make account: %w", err)
	}
	if user, err = a.Users.UserByID(ctx, user.ID); err != nil {
		return nil, fmt.Errorf("read new account: %w", err)
	}
	v := viewUser(user)
	out := &addedUserOutput{Body: addedUserView{
		ID: v.ID, Email: v.Email, Name: v.Name, Role: v.Role, Status: v.Status, QuotaBytes: v.QuotaBytes, UsedBytes: v.UsedBytes,
		QuotaFiles: v.QuotaFiles, UsedFiles: v.UsedFiles, CreatedAt: v.CreatedAt,
	}}
	if tokenHash != nil {
		out.Body.ResetURL, out.Body.ResetExpiresAt = ptr(a.resetURL(token)), &expires
	}
	return out, nil
}

// checkNewUser collects what the schema can not say.
func (a *App) checkNewUser(in *addUserInput) (models.User, error) {
	var faults []Fault
	email, err := canonicalEmail(in.Body.Email)
	if err != nil {
		faults = append(faults, Fault{Location: "body.email", Message: err.Error()})
	}
	name := cleanPersonName(in.Body.Name)
	if name == "" {
		faults = append(faults, Fault{Location: "body.name", Message: "needs at least one visible character"})
	}
	if in.Body.Password != "" {
		if err := auth.CheckPassword(in.Body.Password); err != nil {
			faults = append(faults, Fault{Location: "body.password", Message: err.Error()})
		}
	}
	if len(faults) > 0 {
		return models.User{}, invalid(faults...)
	}
	user := models.User{
		ID: uuid.Must(uuid.NewV7()).String(), Email: email, Name: name, Role: in.Body.Role, Status: models.StatusActive,
		QuotaBytes: a.Config.QuotaBytes, QuotaFiles: a.Config.QuotaFiles,
	}
	if in.Body.QuotaBytes != nil {
		user.QuotaBytes = *in.Body.QuotaBytes
	}
	if in.Body.QuotaFiles != nil {
		user.QuotaFiles = *in.Body.QuotaFiles
	}
	return user, nil
}

func (a *App) updateUser(ctx context.Context, in *updateUserInput) (*userOutput, error) {
	change := models.UserChange{Role: in.Body.Role, Status: in.Body.Status, QuotaBytes: in.Body.QuotaBytes, QuotaFiles: in.Body.QuotaFiles}
	if in.Body.Name != nil {
		name := cleanPersonName(*in.Body.Name)
		if name == "" {
			return nil, invalid(Fault{Location: "body.name", Message: "needs at least one visible character"})
		}
		change.Name = &name
	}
	user, err := a.Users.UpdateUser(ctx, actorFrom(ctx), in.ID, change)
	if err != nil {
		return nil, fmt.Errorf("change account: %w", err)
	}
	return &userOutput{Body: viewUser(user)}, nil
}

// deleteUser deletes an account. Once that is so, nothing takes it back: what
// can not be done at once, housekeeping and the uploads' workflows find out.
func (a *App) deleteUser(ctx context.Context, in *managedUserInput) (*struct{}, error) {
	running, err := a.Users.DeleteUser(ctx, actorFrom(ctx), in.ID)
	if err != nil {
		return nil, fmt.Errorf("delete account: %w", err)
	}
	after := context.WithoutCancel(ctx)
	a.stopUploads(after, running)
	a.purge(after, in.ID)
	return nil, nil //nolint:nilnil // Huma's way to say 204
}

// stopUploads tells the workflows of uploads that have been canceled to stop.
// One that is not told finds out at its next step.
func (a *App) stopUploads(ctx context.Context, running []models.Upload) {
	ctx, cancel := context.WithTimeout(ctx, cancelWithin)
	defer cancel()
	for i := range running {
		if running[i].State == models.UploadReceiving {
			continue // who receives it finds out by itself
		}
		err := a.Uploads.Engine.Cancel(ctx, &running[i])
		if err != nil && !errors.Is(err, models.ErrAlreadyFinished) {
			a.Log.WarnContext(ctx, "workflows of a deleted user were not told to stop", "upload_id", running[i].ID, "left", len(running)-i, "error", err)
			return
		}
	}
}

// purge removes the files of a deleted user, as far as there is time.
func (a *App) purge(ctx context.Context, userID string) {
	ctx, cancel := context.WithTimeout(ctx, purgeWithin)
	defer cancel()
	for {
		more, err := a.Users.PurgeUser(ctx, userID, purgePage)
		if err != nil {
			a.Log.WarnContext(ctx, "files of a deleted user are left to housekeeping", "user_id", userID, "error", err)
		}
		if err != nil || !more {
			return
		}
	}
}

func (a *App) resetUserPassword(ctx context.Context, in *managedUserInput) (*resetLinkOutput, error) {
	token, hash := auth.NewResetToken()
	expires, err := a.Users.IssueReset(ctx, actorFrom(ctx), in.ID, hash, resetFor)
	if err != nil {
		return nil, fmt.Errorf("make reset link: %w", err)
	}
	return &resetLinkOutput{Body: resetLinkView{ResetURL: a.resetURL(token), ExpiresAt: expires}}, nil
}

// resetURL is the page of the web app that takes the token. It stands behind
// the #, which browsers keep to themselves: no log and no other site sees it.
func (a *App) resetURL(token string) string {
	app := a.Config.PublicURL
	if len(a.Config.WebOrigins) > 0 {
		app = a.Config.WebOrigins[0]
	}
	return strings.TrimSuffix(app, "/") + "/reset#token=" + token
}

func (a *App) endUserSessions(ctx context.Context, in *managedUserInput) (*struct{}, error) {
	if err := a.Users.EndSessions(ctx, actorFrom(ctx), in.ID); err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
