package api

import (
	"context"
	"fmt"
	"net/http"
)

type meInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" example:"Ada"`
	}
}

type userOutput struct{ Body userView }

// meRoutes registers what a user sees and changes of their own account.
func (a *App) meRoutes() {
	operation(a, Route{
		ID: "getMe", Method: http.MethodGet, Path: Prefix + "/me", Permission: ForUsers, Tag: "Account",
		Summary: "My account", Status: http.StatusOK,
	}, a.me)
	operation(a, Route{
		ID: "updateMe", Method: http.MethodPatch, Path: Prefix + "/me", Permission: ForUsers, Tag: "Account",
		Summary: "Change my name", Status: http.StatusOK,
		Codes: []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia},
	}, a.updateMe)
}

func (a *App) me(ctx context.Context, _ *struct{}) (*userOutput, error) {
	user, err := a.Users.UserByID(ctx, identityFrom(ctx).User.ID)
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	return &userOutput{Body: viewUser(user)}, nil
}

func (a *App) updateMe(ctx context.Context, in *meInput) (*userOutput, error) {
	name := cleanPersonName(in.Body.Name)
	if name == "" {
		return nil, invalid(Fault{Location: "body.name", Message: "needs at least one visible character"})
	}
	user, err := a.Users.UpdateUserName(ctx, identityFrom(ctx).User.ID, name)
	if err != nil {
		return nil, fmt.Errorf("change name: %w", err)
	}
	return &userOutput{Body: viewUser(user)}, nil
}
