package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// tusRoutes registers the tus protocol, version 1.0.0.
func (a *App) tusRoutes(path string) {
	a.fiber.Use(path, speakTus)
	one := path + "{id}"
	route := func(id, method, path, summary string, status int, codes ...Code) Route {
		return Route{
			ID: id, Method: method, Path: path, Permission: ForUsers, Tag: "Resumable uploads", Summary: summary, Status: status,
			Codes: append(codes, CodeTusVersion),
		}
	}

	options := route("getTusOptions", http.MethodOptions, path, "What of tus is spoken here", http.StatusNoContent)
	options.Permission, options.Codes = Public, nil
	options.Responses = tusAnswer("204", "As headers", headerTusVersion, "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm")
	a.plain(options, a.tusOptions)

	create := route("createTusUpload", http.MethodPost, path, "Begin an upload that can be resumed", http.StatusCreated, append(writingCodes(),
		CodeNameTooLong)...)
	create.Description = "The first bytes may come along; of an upload whose first request fails nothing is kept. " +
		"What it is to have in all is reserved in the quota until it is finished, deleted or expired."
	create.Parameters = tusParameters(headerUploadLength, headerDeferLength, headerMetadata, headerChecksum)
	create.RequestBody = tusRequestBody(false)
	create.Responses = tusAnswer("201", "It has begun", fiber.HeaderLocation, headerUploadOffset, headerUploadExpires, headerUploadID)
	a.plain(create, a.createTus)

	head := route("getTusUpload", http.MethodHead, one, "How far an upload is", http.StatusOK,
		CodeNotFound, CodeGone, CodeLocked, CodeUnsupportedMedia, CodeQuotaExceeded, CodeUnavailable)
	head.Description = "One whose offset is its length was accepted, and is not lost."
	head.Parameters = ofOneTus()
	head.Responses = tusAnswer("200", "Its offset", headerUploadOffset, headerUploadLength, headerDeferLength, headerMetadata, headerUploadExpires, headerUploadID)
	a.plain(head, a.headTus)

	patch := route("continueTusUpload", http.MethodPatch, one, "Send the next bytes", http.StatusNoContent, append(writingCodes(),
		CodeGone, CodeWrongOffset)...)
	patch.Description = "Bytes that came before a connection broke are kept. With the last byte the upload is accepted: from then on it is not lost."
	patch.Parameters = ofOneTus(headerUploadOffset, headerUploadLength, headerChecksum)
	patch.RequestBody = tusRequestBody(true)
	patch.Responses = tusAnswer("204", "They are kept", headerUploadOffset, headerUploadExpires, headerUploadID)
	a.plain(patch, a.patchTus)

	end := route("deleteTusUpload", http.MethodDelete, one, "End an upload that is not all there", http.StatusNoContent,
		CodeNotFound, CodeGone, CodeAlreadyFinished)
	end.Parameters = ofOneTus()
	end.Responses = tusAnswer("204", "It is gone")
	a.plain(end, a.deleteTus)

	override := route("overrideTusMethod", http.MethodPost, one, "PATCH, HEAD or DELETE for clients that can only POST", http.StatusNoContent,
		append(writingCodes(), CodeGone, CodeWrongOffset, CodeAlreadyFinished, CodeMethodNotAllowed)...)
	override.Parameters = ofOneTus(headerOverride, headerUploadOffset, headerUploadLength, headerChecksum)
	override.RequestBody = tusRequestBody(false)
	override.Responses = tusAnswer("204", "As that method", headerUploadOffset, headerUploadExpires, headerUploadID)
	override.Responses["200"] = head.Responses["200"]
	a.plain(override, a.overrideTus)
}

// writingCodes are what adding bytes may be answered with.
func writingCodes() []Code {
	return []Code{
		CodeBadRequest, CodeUploadInterrupted, CodeNotFound, CodeTimeout, CodeConflict, CodeFileTrashed, CodeTooLarge, CodeTooManyParts,
		CodeUnsupportedMedia, CodeEmptyFile, CodeLocked, CodeTooManyUploads, CodeChecksum, CodeUnavailable, CodeQuotaExceeded,
	}
}

// tusHeaderDocs says what the headers mean, by their names.
var tusHeaderDocs = map[string]string{
	headerTusVersion:         "The versions that are spoken here.",
	"Tus-Extension":          "The extensions that are spoken here.",
	"Tus-Max-Size":           "The most bytes that an upload may have.",
	"Tus-Checksum-Algorithm": "What Upload-Checksum may name.",
	fiber.HeaderLocation:     "Where the upload is resumed.",
	headerUploadOffset:       "How many bytes are there.",
	headerUploadLength:       "How many bytes the upload has in all.",
	headerDeferLength:        "1: how many bytes it has is not known yet.",
	headerMetadata:           "Pairs of a key and a value in base64, separated by commas. filename is what the file is called, fileId the file that this upload becomes the next version of.",
	headerChecksum:           "sha1 or sha256, a space, and the digest of the body in base64.",
	headerUploadExpires:      "Until when it can be resumed, if no more bytes come. An HTTP date.",
	headerUploadID:           "Of an upload that is all there: its id under /uploads.",
	headerOverride:           "PATCH, HEAD or DELETE.",
	headerTusResumable:       "The version of the protocol: 1.0.0.",
}

func tusHeader(name string) *huma.Schema {
	switch name {
	case headerUploadOffset, headerUploadLength, "Tus-Max-Size":
		return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: ptr(0.0)}
	case headerTusResumable:
		return &huma.Schema{Type: huma.TypeString, Enum: []any{tusVersion}}
	}
	return &huma.Schema{Type: huma.TypeString}
}

// tusParameters describes the headers of a request. Which of them are needed
// depends on the others, but for the version.
func tusParameters(names ...string) []*huma.Param {
	params := []*huma.Param{{Name: headerTusResumable, In: "header", Required: true, Description: tusHeaderDocs[headerTusResumable], Schema: tusHeader(headerTusResumable)}}
	for _, name := range names {
		params = append(params, &huma.Param{Name: name, In: "header", Description: tusHeaderDocs[name], Schema: tusHeader(name)})
	}
	return params
}

// ofOneTus describes the address of an upload, and the headers of a request to it.
func ofOneTus(names ...string) []*huma.Param {
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	return append([]*huma.Param{id}, tusParameters(names...)...)
}

func tusRequestBody(required bool) *huma.RequestBody {
	return &huma.RequestBody{Required: required, Content: map[string]*huma.MediaType{
		tusType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
}

// tusAnswer describes an answer that is all headers.
func tusAnswer(status, description string, headers ...string) map[string]*huma.Response {
	described := map[string]*huma.Param{headerTusResumable: {Description: tusHeaderDocs[headerTusResumable], Schema: tusHeader(headerTusResumable)}}
	for _, name := range headers {
		described[name] = &huma.Param{Description: tusHeaderDocs[name], Schema: tusHeader(name)}
	}
	return map[string]*huma.Response{status: {Description: description, Headers: described}}
}
