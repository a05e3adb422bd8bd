package store

import (
	"fmt"

	"safelight/models"
)

// notice is the text of a notification, and in reason what it says in a word.
// No kind means that there is none.
type notice struct {
	kind                models.NotificationKind
	title, body, reason string
}

// noticeOf says what there is to tell of an upload that ends.
func noticeOf(up ending, f models.Finish) notice {
	switch f.State {
	case models.UploadDone:
		return doneNotice(up)
	case models.UploadRejected:
		r := models.Rejection{}
		if f.Rejection != nil {
			r = *f.Rejection
		}
		return notice{models.NotifyRejected, up.Name + " was turned down", r.Detail, string(r.Code)}
	case models.UploadFailed:
		return notice{models.NotifyFailed, up.Name + " could not be processed", f.Reason, ""}
	case models.UploadCanceled: // its owner did it, or an admin told them
		return notice{}
	case models.UploadReceiving, models.UploadProcessing, models.UploadStalled:
		return notice{}
	}
	return notice{}
}

func doneNotice(up ending) notice {
	if up.Outcome == nil {
		return notice{}
	}
	switch models.Outcome(*up.Outcome) {
	case models.OutcomeCreated:
		return notice{models.NotifyDone, up.Name + " is ready", "It is among your files now.", *up.Outcome}
	case models.OutcomeVersioned:
		number := 0
		if up.VersionNumber != nil {
			number = *up.VersionNumber
		}
		return notice{models.NotifyDone, up.Name + " is ready", fmt.Sprintf("It is version %d of its file now.", number), *up.Outcome}
	case models.OutcomeDuplicate:
		return notice{models.NotifyDuplicate, "You already have " + up.Name, "One of your files has the same content; nothing new was stored.", *up.Outcome}
	case models.OutcomeRestored:
		return notice{models.NotifyDuplicate, up.Name + " came back from the trash", "A file in your trash had the same content; it was restored.", *up.Outcome}
	case models.OutcomeUnchanged:
		return notice{models.NotifyDuplicate, up.Name + " is unchanged", "The file has this content already; no new version was made.", *up.Outcome}
	}
	return notice{}
}

func stallNotice(name string, st models.Stall) (title, body string) {
	return name + " needs attention", fmt.Sprintf("The step %q did not succeed and waits to be tried again: %s", st.Step, st.Cause)
}
