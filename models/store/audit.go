package store

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"safelight/models"
)

// record writes a line of the audit log in the transaction of what it tells
// of: both are there, or neither. Id and time of the entry are set here.
func record(tx *gorm.DB, e models.AuditEntry) error {
	id, err := newID()
	if err != nil {
		return err
	}
	details := []byte("{}")
	if len(e.Details) > 0 {
		if details, err = json.Marshal(e.Details); err != nil {
			return fmt.Errorf("write details of %s: %w", e.Action, err)
		}
	}
	var actor *string
	if e.Actor.UserID != "" {
		actor = &e.Actor.UserID
	}
	_, err = exec(tx, `
		INSERT INTO audit_log (id, actor_id, actor_email, action, target_kind, target_id, ip, request_id, details)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, actor, e.Actor.Email, e.Action, e.TargetKind, e.TargetID, e.Actor.IP, e.Actor.RequestID, string(details))
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}
