package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"safelight/internal/auth"
	"safelight/models"
)

type changePasswordInput struct {
	Body struct {
		CurrentPassword string `json:"currentPassword" minLength:"1" maxLength:"1024" format:"password"`
		NewPassword     string `json:"newPassword" minLength:"8" maxLength:"256" format:"password"`
	}
}

type resetInput struct {
	Body struct {
		Token       string `json:"token" minLength:"1" maxLength:"128" doc:"What follows #token= in the link."`
		NewPassword string `json:"newPassword" minLength:"8" maxLength:"256" format:"password"`
	}
}

// passwordRoutes registers the ways to another password.
func (a *App) passwordRoutes() {
	operation(a, Route{
		ID: "changePassword", Method: http.MethodPost, Path: Prefix + "/me/password", Permission: ForUsers, SessionOnly: true, Tag: "Account",
		Summary: "Change my password", Status: http.StatusNoContent,
		Description: "Every other session is revoked; personal access tokens go on. The most common passwords are not taken.",
		Codes: []Code{
			CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeWrongPassword, CodeConflict, CodeRateLimited, CodeUnavailable,
		},
	}, a.changePassword)
	operation(a, Route{
		ID: "resetPassword", Method: http.MethodPost, Path: Prefix + "/auth/reset", Permission: Public, Tag: "Authentication",
		Summary: "Set a new password by a link from an administrator", Status: http.StatusNoContent,
		Description: "The link is good for one use within an hour. Every session is revoked: sign in with the new password.",
		Codes: []Code{
			CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeInvalidResetToken, CodeRateLimited, CodeUnavailable,
		},
	}, a.resetPassword)
}

// changePassword asks for the present password first: a session that was left
// open must not be enough to take an account over.
func (a *App) changePassword(ctx context.Context, in *changePasswordInput) (*struct{}, error) {
	info, id := infoFrom(ctx), identityFrom(ctx)
	if fault := newPasswordFault(in.Body.NewPassword); fault != nil {
		return nil, invalid(*fault)
	}
	if in.Body.NewPassword == in.Body.CurrentPassword {
		return nil, invalid(Fault{Location: "body.newPassword", Message: "is the present one"})
	}
	try, err := a.logins.again(ctx, info.fiber, id.Session.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Passwords.Verify(ctx, id.User.PasswordHash, in.Body.CurrentPassword); err != nil {
		if errors.Is(err, models.ErrInvalidCredentials) {
			return nil, problem(CodeWrongPassword, "", err)
		}
		try.forgive(ctx)
		return nil, fmt.Errorf("check password: %w", err)
	}
	try.forgive(ctx)
	hash, err := a.Passwords.Hash(ctx, in.Body.NewPassword)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	err = a.Users.ChangePassword(ctx, actorFrom(ctx), id.User.ID, id.Session.ID, id.User.PasswordHash, hash)
	if err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}

// resetPassword looks the token up before it hashes: hashing is dear, and
// anybody can send a token. The browser that has the link counts as one that
// knows the account from then on.
func (a *App) resetPassword(ctx context.Context, in *resetInput) (*struct{}, error) {
	info := infoFrom(ctx)
	if err := a.logins.admit(ctx, info); err != nil {
		return nil, err
	}
	if fault := newPasswordFault(in.Body.NewPassword); fault != nil {
		return nil, invalid(*fault)
	}
	token, err := auth.HashResetToken(in.Body.Token)
	if err != nil {
		return nil, fmt.Errorf("read reset token: %w", err)
	}
	if _, err := a.Users.ResetUser(ctx, token); err != nil {
		return nil, fmt.Errorf("look up reset token: %w", err)
	}
	hash, err := a.Passwords.Hash(ctx, in.Body.NewPassword)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	user, err := a.Users.UseReset(ctx, actorFrom(ctx), token, hash)
	if err != nil {
		return nil, fmt.Errorf("use reset token: %w", err)
	}
	remember, err := a.Tokens.IssueDevice(user.Email)
	if err != nil {
		return nil, fmt.Errorf("remember device: %w", err)
	}
	a.rememberDevice(info.fiber, remember, auth.DeviceTTL)
	return nil, nil //nolint:nilnil // Huma's way to say 204
}

// newPasswordFault is what is wrong with a password that somebody chooses.
func newPasswordFault(password string) *Fault {
	if err := auth.CheckPassword(password); err != nil {
		return &Fault{Location: "body.newPassword", Message: err.Error()}
	}
	return nil
}
