package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestUploadsAreListedAndShown(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	other, _ := u.user(models.RoleUser, models.StatusActive)
	_, admin := u.user(models.RoleAdmin, models.StatusActive)
	up, theirs := u.processing(me.ID), u.processing(other.ID)
	u.uploads.put(models.Upload{OwnerID: me.ID, State: models.UploadReceiving})

	var p page[uploadView]
	u.ask(http.MethodGet, Prefix+"/uploads", token).into(&p)
	require.Len(t, p.Items, 2)
	u.ask(http.MethodGet, Prefix+"/uploads?state=processing", token).into(&p)
	require.Len(t, p.Items, 1)
	require.Equal(t, up.ID, p.Items[0].ID)
	u.ask(http.MethodGet, Prefix+"/uploads?state=lost", token).problem(CodeValidation)
	u.ask(http.MethodGet, Prefix+"/uploads?limit=201", token).problem(CodeValidation)
	u.ask(http.MethodGet, Prefix+"/uploads?page=2", token).problem(CodeValidation)

	u.engine.show(5, models.StepMove)
	var v uploadView
	u.ask(http.MethodGet, Prefix+"/uploads/"+up.ID, token).into(&v)
	require.Equal(t, int64(5000), v.Seq, "the live picture, not the row's")
	require.Equal(t, models.StepRunning, v.Steps[3].State)
	u.ask(http.MethodGet, Prefix+"/uploads/"+theirs.ID, token).problem(CodeNotFound)
	require.Equal(t, http.StatusOK, u.ask(http.MethodGet, Prefix+"/uploads/"+theirs.ID, admin).Status)
}

func TestARejectionNamesTheSignatureOfAnInfectedOneAlone(t *testing.T) {
	t.Parallel()
	for code, want := range map[models.RejectionCode]string{
		models.RejectInfected: "Eicar", models.RejectUnscannable: "", models.RejectCorrupt: "",
	} {
		v := viewUpload(models.Upload{State: models.UploadRejected, Rejection: &models.Rejection{Code: code, Signature: "Eicar", Detail: "d"}})
		require.Equal(t, want, v.Rejection.Signature, code)
		require.Equal(t, "d", v.Rejection.Detail)
	}
	require.Nil(t, viewUpload(models.Upload{State: models.UploadDone}).Rejection)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state  models.UploadState
		engine error
		code   Code
		signal bool
	}{
		{state: models.UploadReceiving},
		{state: models.UploadProcessing, signal: true},
		{state: models.UploadStalled, signal: true},
		{state: models.UploadDone, code: CodeAlreadyFinished},
		{state: models.UploadRejected, code: CodeAlreadyFinished},
		{state: models.UploadCanceled, code: CodeAlreadyFinished},
		{state: models.UploadFailed, code: CodeAlreadyFinished},
		{state: models.UploadProcessing, engine: models.ErrUnavailable, code: CodeUnavailable},
		{state: models.UploadProcessing, engine: models.ErrAlreadyFinished, code: CodeAlreadyFinished},
	}
	for _, tt := range tests {
		u := newUploadBench(t)
		me, token := u.user(models.RoleUser, models.StatusActive)
		up := u.uploads.put(models.Upload{OwnerID: me.ID, State: tt.state})
		u.engine.err = tt.engine
		a := u.ask(http.MethodPost, Prefix+"/uploads/"+up.ID+"/cancel", token)
		if tt.code != "" {
			a.problem(tt.code)
			continue
		}
		require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
		if tt.signal {
			require.Equal(t, []string{"cancel " + up.ID}, u.engine.signals)
			continue
		}
		var v uploadView
		a.into(&v)
		require.Equal(t, models.UploadCanceled, v.State)
		require.Empty(t, u.engine.signals)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	for _, state := range models.UploadStates() {
		u := newUploadBench(t)
		me, token := u.user(models.RoleUser, models.StatusActive)
		_, stranger := u.user(models.RoleUser, models.StatusActive)
		up := u.uploads.put(models.Upload{OwnerID: me.ID, State: state})
		path := Prefix + "/uploads/" + up.ID + "/retry"
		u.ask(http.MethodPost, path, stranger).problem(CodeNotFound)
		a := u.ask(http.MethodPost, path, token)
		if state != models.UploadStalled {
			a.problem(CodeNotStalled)
			continue
		}
		require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
		require.Equal(t, []string{"retry " + up.ID}, u.engine.signals)
		for err, code := range map[error]Code{models.ErrUnavailable: CodeUnavailable, models.ErrAlreadyFinished: CodeNotStalled} {
			u.engine.err = err
			u.ask(http.MethodPost, path, token).problem(code)
		}
	}
}
