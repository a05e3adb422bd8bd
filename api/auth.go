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
	"safelight/internal/metrics"
	"safelight/models"
)

// signedIn is the answer to every way of signing in. The refresh token travels
// in its cookie alone: a program that wants it reads Set-Cookie.
type signedIn struct {
	User        userView `json:"user"`
	AccessToken string   `json:"accessToken" doc:"A bearer token. The same is in the access cookie."`
	ExpiresIn   int      `json:"expiresIn" doc:"Seconds until the access token expires." example:"900"`
}

type signedInOutput struct{ Body signedIn }

type registerInput struct {
	Body struct {
		Email    string `json:"email" minLength:"3" maxLength:"254" example:"ada@example.org"`
		Password string `json:"password" minLength:"8" maxLength:"256" format:"password"`
		Name     string `json:"name" minLength:"1" maxLength:"200" example:"Ada"`
	}
}

type loginInput struct {
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"254" example:"ada@example.org"`
		Password string `json:"password" minLength:"1" maxLength:"1024" format:"password"`
	}
}

type refreshInput struct {
	Body *struct {
		RefreshToken string `json:"refreshToken,omitempty" maxLength:"128" doc:"For programs. Browsers send the cookie."`
	}
}

// authRoutes registers signing up, in, on and out.
func (a *App) authRoutes() {
	operation(a, Route{
		ID: "register", Method: http.MethodPost, Path: Prefix + "/auth/register", Permission: Public, Tag: "Authentication",
		Summary: "Make an account and sign in", Status: http.StatusCreated,
		Codes: []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeRegistrationClosed, CodeEmailTaken, CodeRateLimited, CodeUnavailable},
	}, a.register)
	operation(a, Route{
		ID: "login", Method: http.MethodPost, Path: Prefix + "/auth/login", Permission: Public, Tag: "Authentication",
		Summary: "Sign in", Status: http.StatusOK,
		Description: "Sets the access and refresh cookies. An unknown address and a wrong password have one answer.",
		Codes:       []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeInvalidCredentials, CodeAccountSuspended, CodeRateLimited, CodeUnavailable},
	}, a.login)
	operation(a, Route{
		ID: "refresh", Method: http.MethodPost, Path: Prefix + "/auth/refresh", Permission: Public, Tag: "Authentication",
		Summary: "Get a new access token", Status: http.StatusOK,
		Description: "Takes the refresh cookie or `refreshToken`, and rotates it. A refresh token that is used twice ends its session.",
		Codes:       []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeUnauthenticated, CodeAccountSuspended, CodeRateLimited, CodeUnavailable},
	}, a.refresh)
	operation(a, Route{
		ID: "logout", Method: http.MethodPost, Path: Prefix + "/auth/logout", Permission: ForUsers, SessionOnly: true, Tag: "Authentication",
		Summary: "Sign out", Status: http.StatusNoContent,
		Description: "The session is revoked: its access and refresh tokens do not count any more.",
	}, a.logout)
}

// register makes an account. Its password is hashed before anything is asked of
// the database, so that a taken address is not answered sooner.
func (a *App) register(ctx context.Context, in *registerInput) (*signedInOutput, error) {
	info := infoFrom(ctx)
	if !a.Config.RegistrationOpen {
		return nil, models.ErrRegistrationClosed
	}
	if err := a.logins.admit(ctx, info); err != nil {
		return nil, err
	}
	email, name, err := a.checkRegistration(in)
	if err != nil {
		return nil, err
	}
	hash, err := a.Passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	id := uuid.Must(uuid.NewV7()).String()
	err = a.Users.CreateUser(ctx, models.User{
		ID: id, Email: email, Name: name, Role: models.RoleUser, Status: models.StatusActive,
		PasswordHash: hash, QuotaBytes: a.Config.QuotaBytes, QuotaFiles: a.Config.QuotaFiles,
	})
	if err != nil {
		return nil, fmt.Errorf("make account: %w", err)
	}
	user, err := a.Users.UserByID(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read new account: %w", err)
	}
	return a.startSession(ctx, user, hash)
}

// checkRegistration collects what the schema can not say.
func (a *App) checkRegistration(in *registerInput) (email, name string, err error) {
	var faults []Fault
	if email, err = canonicalEmail(in.Body.Email); err != nil {
		faults = append(faults, Fault{Location: "body.email", Message: err.Error()})
	}
	if name = cleanPersonName(in.Body.Name); name == "" {
		faults = append(faults, Fault{Location: "body.name", Message: "needs at least one visible character"})
	}
	if err := auth.CheckPassword(in.Body.Password); err != nil {
		faults = append(faults, Fault{Location: "body.password", Message: err.Error()})
	}
	if len(faults) > 0 {
		return "", "", invalid(faults...)
	}
	return email, name, nil
}

// login signs in.
func (a *App) login(ctx context.Context, in *loginInput) (*signedInOutput, error) {
	out, err := a.signIn(ctx, in)
	result := metrics.ResultOK
	if err != nil {
		result = string(problemOf(err).Code)
	}
	a.Telemetry.Metrics.SignIn(result)
	return out, err
}

// signIn checks a password. Whether the account exists shows neither in the
// answer nor in how long it takes: without one a dummy hash is checked.
func (a *App) signIn(ctx context.Context, in *loginInput) (*signedInOutput, error) {
	info := infoFrom(ctx)
	email := strings.ToLower(strings.TrimSpace(in.Body.Email))
	device := a.Tokens.VerifyDevice(info.fiber.Cookies(a.deviceCookie()), email)
	try, err := a.logins.begin(ctx, info, email, device)
	if err != nil {
		return nil, err
	}
	user, err := a.Users.UserForSignIn(ctx, email)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		try.forgive(ctx)
		return nil, fmt.Errorf("look up account: %w", err)
	}
	hash := user.PasswordHash
	if err := a.Passwords.Verify(ctx, hash, in.Body.Password); err != nil {
		if !errors.Is(err, models.ErrInvalidCredentials) {
			try.forgive(ctx)
		}
		return nil, fmt.Errorf("check password: %w", err)
	}
	try.forgive(ctx)
	if user.Status != models.StatusActive {
		return nil, models.ErrSuspended
	}
	if user, err = a.Users.UserByID(ctx, user.ID); err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	remember, err := a.Tokens.IssueDevice(email)
	if err != nil {
		return nil, fmt.Errorf("remember device: %w", err)
	}
	out, err := a.startSession(ctx, user, hash)
	if err == nil {
		a.rememberDevice(info.fiber, remember, auth.DeviceTTL)
	}
	return out, err
}

// startSession makes a session and hands out its first tokens. passwordHash is
// what was signed in with.
func (a *App) startSession(ctx context.Context, user models.User, passwordHash string) (*signedInOutput, error) {
	info := infoFrom(ctx)
	refresh, hash := auth.NewRefreshToken()
	session := models.Session{
		ID: uuid.Must(uuid.NewV7()).String(), UserID: user.ID, TokenHash: hash,
		UserAgent: printable(info.fiber.Get("User-Agent"), 300), IP: info.ClientIP,
		ExpiresAt: time.Now().UTC().Add(a.Config.SessionTTL),
	}
	if err := a.Users.CreateSession(ctx, session, passwordHash); err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	return a.handOut(ctx, user, session, refresh)
}

// handOut answers with an access token and sets the cookies.
func (a *App) handOut(ctx context.Context, user models.User, session models.Session, refresh string) (*signedInOutput, error) {
	access, _, err := a.Tokens.Issue(user.ID, session.ID)
	if err != nil {
		return nil, fmt.Errorf("issue access token: %w", err)
	}
	lives := min(time.Until(session.ExpiresAt), a.Config.SessionIdle)
	a.setCookies(infoFrom(ctx).fiber, access, a.Tokens.TTL(), refresh, lives)
	return &signedInOutput{Body: signedIn{
		User: viewUser(user), AccessToken: access, ExpiresIn: int(a.Tokens.TTL() / time.Second),
	}}, nil
}

// refresh rotates a refresh token. Whatever is wrong with it, the browser's
// cookies go: they would only be refused again.
func (a *App) refresh(ctx context.Context, in *refreshInput) (*signedInOutput, error) {
	c := infoFrom(ctx).fiber
	if err := a.logins.refreshes.admit(c, network(infoFrom(ctx).ClientIP)); err != nil {
		a.logins.refused(metrics.LimitRefresh)
		return nil, err
	}
	token := c.Cookies(a.refreshCookie())
	if in.Body != nil && in.Body.RefreshToken != "" {
		token = in.Body.RefreshToken
	} else if token != "" && a.site(c) != sameSite {
		return nil, problem(CodeCrossOrigin, "", nil)
	}
	out, err := a.rotate(ctx, token)
	if errors.Is(err, models.ErrUnauthenticated) || errors.Is(err, models.ErrSuspended) {
		a.clearCookies(c)
	}
	return out, err
}

func (a *App) rotate(ctx context.Context, token string) (*signedInOutput, error) {
	used, err := auth.HashRefreshToken(token)
	if err != nil {
		return nil, fmt.Errorf("read refresh token: %w", err)
	}
	fresh, hash := auth.NewRefreshToken()
	user, session, err := a.Users.RotateSession(ctx, used, hash, a.Config.SessionIdle)
	if err != nil {
		return nil, fmt.Errorf("rotate refresh token: %w", err)
	}
	if user.Status != models.StatusActive {
		return nil, models.ErrSuspended
	}
	return a.handOut(ctx, user, session, fresh)
}

func (a *App) logout(ctx context.Context, _ *struct{}) (*struct{}, error) {
	info := infoFrom(ctx)
	if err := a.Users.RevokeSession(ctx, actorFrom(ctx), info.Identity.Session.ID); err != nil {
		return nil, fmt.Errorf("revoke session: %w", err)
	}
	a.clearCookies(info.fiber)
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
