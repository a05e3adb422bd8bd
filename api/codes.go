package api

import "net/http"

// Code is the stable machine word of a problem. Wire format, never renamed.
type Code string

// The codes that this API answers with. Every one has a row in codeTable.
const (
	CodeBadRequest         Code = "bad_request"
	CodeMalformedBody      Code = "malformed_body"
	CodeUploadInterrupted  Code = "upload_interrupted"
	CodeUnauthenticated    Code = "unauthenticated"
	CodeInvalidCredentials Code = "invalid_credentials"
	CodeForbidden          Code = "forbidden"
	CodeAccountSuspended   Code = "account_suspended"
	CodeRegistrationClosed Code = "registration_closed"
	CodeInsufficientScope  Code = "insufficient_scope"
	CodeTokenNotAllowed    Code = "token_not_allowed"
	CodeWrongPassword      Code = "wrong_password"
	CodeInvalidResetToken  Code = "invalid_reset_token"
	CodeShareLocked        Code = "share_locked"
	CodeCrossOrigin        Code = "cross_origin"
	CodeNotFound           Code = "not_found"
	CodeMethodNotAllowed   Code = "method_not_allowed"
	CodeTimeout            Code = "request_timeout"
	CodeConflict           Code = "conflict"
	CodeEmailTaken         Code = "email_taken"
	CodeLastAdmin          Code = "last_admin"
	CodeTooManyTokens      Code = "too_many_tokens"
	CodeFileTrashed        Code = "file_trashed"
	CodeAlreadyFinished    Code = "already_finished"
	CodeNotStalled         Code = "not_stalled"
	CodeCurrentVersion     Code = "current_version"
	CodeWrongOffset        Code = "wrong_offset"
	CodeGone               Code = "gone"
	CodeTusVersion         Code = "unsupported_tus_version"
	CodeNotHeld            Code = "not_held"
	CodeCheckRunning       Code = "check_running"
	CodeTooLarge           Code = "too_large"
	CodeTooManyParts       Code = "too_many_parts"
	CodeURITooLong         Code = "uri_too_long"
	CodeUnsupportedMedia   Code = "unsupported_media_type"
	CodeRange              Code = "range_not_satisfiable"
	CodeExpectation        Code = "expectation_failed"
	CodeValidation         Code = "validation_failed"
	CodeMissingFile        Code = "missing_file"
	CodeEmptyFile          Code = "empty_file"
	CodeNameTooLong        Code = "name_too_long"
	CodeLocked             Code = "locked"
	CodeRateLimited        Code = "rate_limited"
	CodeTooManyUploads     Code = "too_many_uploads"
	CodeTooManyStreams     Code = "too_many_streams"
	CodeHeadersTooLarge    Code = "headers_too_large"
	CodeChecksum           Code = "checksum_mismatch"
	CodeInternal           Code = "internal"
	CodeNotImplemented     Code = "not_implemented"
	CodeUnavailable        Code = "unavailable"
	CodeQuotaExceeded      Code = "quota_exceeded"
)

// codeInfo is what holds for every problem of a code. Detail is said where the
// place that found the problem has nothing more exact to say.
type codeInfo struct {
	Status int
	Title  string
	Detail string
}

// statusChecksum is the tus protocol's own status.
const statusChecksum = 460

// statusText is http.StatusText with the status that it does not know.
func statusText(status int) string {
	if status == statusChecksum {
		return "Checksum Mismatch"
	}
	return http.StatusText(status)
}

// codeTable is the one place that maps codes to statuses. The document and the
// docs page are made of it too.
var codeTable = map[Code]codeInfo{
	CodeBadRequest:         {http.StatusBadRequest, "Bad request", "The request is not well-formed HTTP."},
	CodeMalformedBody:      {http.StatusBadRequest, "Malformed body", "The body is not well-formed: check it against the media type it was sent as."},
	CodeUploadInterrupted:  {http.StatusBadRequest, "Upload interrupted", "The body ended before the upload was complete. Nothing was kept; send it again."},
	CodeUnauthenticated:    {http.StatusUnauthorized, "Not signed in", "Sign in, or send a valid access token as a bearer token."},
	CodeInvalidCredentials: {http.StatusUnauthorized, "Invalid credentials", "The e-mail address or the password is wrong."},
	CodeForbidden:          {http.StatusForbidden, "Forbidden", "Your role does not allow this."},
	CodeAccountSuspended:   {http.StatusForbidden, "Account suspended", "This account is suspended. Ask an administrator."},
	CodeRegistrationClosed: {http.StatusForbidden, "Registration closed", "New accounts are made by an administrator here."},
	CodeInsufficientScope:  {http.StatusForbidden, "Insufficient scope", "The personal access token is not made for this. WWW-Authenticate names the scope that is needed."},
	CodeTokenNotAllowed:    {http.StatusForbidden, "Token not allowed", "A personal access token can not do this. Sign in instead."},
	CodeWrongPassword:      {http.StatusForbidden, "Wrong password", "That is not your password."},
	CodeInvalidResetToken:  {http.StatusBadRequest, "Invalid reset token", "This link has been used, has expired or was replaced by a newer one. Ask an administrator for another."},
	CodeShareLocked:        {http.StatusForbidden, "Password needed", "This link needs a password. Open it in a browser, or send the password to it as a form."},
	CodeCrossOrigin:        {http.StatusForbidden, "Cross-origin request", "A change that is authenticated by cookie must come from this site's own pages."},
	CodeNotFound:           {http.StatusNotFound, "Not found", "There is nothing here, or nothing that you may see."},
	CodeMethodNotAllowed:   {http.StatusMethodNotAllowed, "Method not allowed", "This address does not take this method."},
	CodeTimeout:            {http.StatusRequestTimeout, "Request timeout", "The request took too long to arrive."},
	CodeConflict:           {http.StatusConflict, "Conflict", "The request does not fit the present state. Look again and retry."},
	CodeEmailTaken:         {http.StatusConflict, "E-mail taken", "Another account has this e-mail address."},
	CodeLastAdmin:          {http.StatusConflict, "Last administrator", "Without this account there would be no active administrator. Make another one first."},
	CodeTooManyTokens:      {http.StatusConflict, "Too many access tokens", "You have as many personal access tokens as there may be. Delete one first."},
	CodeFileTrashed:        {http.StatusConflict, "File is in the trash", "Restore the file from the trash first."},
	CodeAlreadyFinished:    {http.StatusConflict, "Already finished", "The upload is in a final state; nothing will change any more."},
	CodeNotStalled:         {http.StatusConflict, "Not stalled", "Only an upload that is stalled can be retried."},
	CodeCurrentVersion:     {http.StatusConflict, "Current version", "The current version can not be deleted. Make another one current first."},
	CodeWrongOffset:        {http.StatusConflict, "Wrong offset", "These bytes do not follow those that are there. Ask for the offset with HEAD and go on from it."},
	CodeGone:               {http.StatusGone, "Gone", "This upload was cancelled or has expired. Begin a new one."},
	CodeTusVersion:         {http.StatusPreconditionFailed, "Unsupported tus version", "Send the header Tus-Resumable with the version 1.0.0, the one that is spoken here."},
	CodeNotHeld:            {http.StatusConflict, "Not in quarantine", "It is not locked up any more: it was released, deleted or kept for long enough."},
	CodeCheckRunning:       {http.StatusConflict, "Check running", "An integrity check is under way. Wait for its report."},
	CodeTooLarge:           {http.StatusRequestEntityTooLarge, "Too large", "The body has more bytes than this address takes."},
	CodeTooManyParts:       {http.StatusRequestEntityTooLarge, "Too many parts", "The upload came in too many small pieces. Begin a new one with larger chunks."},
	CodeURITooLong:         {http.StatusRequestURITooLong, "Address too long", "The address has more bytes than this server takes."},
	CodeUnsupportedMedia:   {http.StatusUnsupportedMediaType, "Unsupported media type", "The body is not of a type that this address takes."},
	CodeRange:              {http.StatusRequestedRangeNotSatisfiable, "Range not satisfiable", "The requested range lies outside of the content."},
	CodeExpectation:        {http.StatusExpectationFailed, "Expectation failed", "The expectation of the request can not be met."},
	CodeValidation:         {http.StatusUnprocessableEntity, "Validation failed", "Some of what was sent is not valid; errors lists what and where."},
	CodeMissingFile:        {http.StatusUnprocessableEntity, "Missing file", "The form has no part named file."},
	CodeEmptyFile:          {http.StatusUnprocessableEntity, "Empty file", "The file has no bytes."},
	CodeNameTooLong:        {http.StatusUnprocessableEntity, "Name too long", "The name has too many characters."},
	CodeLocked:             {http.StatusLocked, "Locked", "Another request is adding to this upload. Ask for the offset with HEAD in a moment and go on from it."},
	CodeRateLimited:        {http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says, then try again."},
	CodeTooManyUploads:     {http.StatusTooManyRequests, "Too many uploads", "Too many uploads are being sent at the same time. Wait for one to end."},
	CodeTooManyStreams:     {http.StatusTooManyRequests, "Too many event streams", "Too many event streams are open. Close one first."},
	CodeHeadersTooLarge:    {http.StatusRequestHeaderFieldsTooLarge, "Headers too large", "The header has more bytes than this server takes."},
	CodeChecksum:           {statusChecksum, "Checksum mismatch", "The bytes differ from the digest in Upload-Checksum. None of them was kept; send them again."},
	CodeInternal:           {http.StatusInternalServerError, "Internal error", "Something went wrong on our side. Name the request id when you ask for help."},
	CodeNotImplemented:     {http.StatusNotImplemented, "Not implemented", "This server does not know this method."},
	CodeUnavailable:        {http.StatusServiceUnavailable, "Temporarily unavailable", "A part that is needed can not be reached at the moment. Try again in a little while."},
	CodeQuotaExceeded:      {http.StatusInsufficientStorage, "Quota exceeded", "There is no room left in your quota. Delete something for good first."},
}
