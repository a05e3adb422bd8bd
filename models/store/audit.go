package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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

// Audited writes a line of the audit log around a call whose effect is not in
// the database: the line is committed once do has succeeded, and is not written
// where do fails. do must be short, since a connection waits for it.
func (s *Store) Audited(ctx context.Context, e models.AuditEntry, do func(context.Context) error) error {
	return fail("audit "+e.Action, s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := record(tx, e); err != nil {
			return err
		}
		return do(ctx)
	}))
}

// auditRow is a row of audit_log.
type auditRow struct {
	ID         string    `gorm:"column:id"`
	At         time.Time `gorm:"column:at"`
	ActorID    *string   `gorm:"column:actor_id"`
	ActorEmail string    `gorm:"column:actor_email"`
	Action     string    `gorm:"column:action"`
	TargetKind string    `gorm:"column:target_kind"`
	TargetID   string    `gorm:"column:target_id"`
	IP         string    `gorm:"column:ip"`
	RequestID  string    `gorm:"column:request_id"`
	Details    []byte    `gorm:"column:details"`
}

func (r auditRow) entry() (models.AuditEntry, error) {
	e := models.AuditEntry{
		ID: r.ID, At: r.At.UTC(), Actor: models.Actor{Email: r.ActorEmail, IP: r.IP, RequestID: r.RequestID},
		Action: r.Action, TargetKind: r.TargetKind, TargetID: r.TargetID,
	}
	if r.ActorID != nil {
		e.Actor.UserID = *r.ActorID
	}
	if err := json.Unmarshal(r.Details, &e.Details); err != nil {
		return e, fmt.Errorf("details of audit line %s: %w", r.ID, err)
	}
	return e, nil
}

// ListAudit lists the audit log, newest first.
func (s *Store) ListAudit(ctx context.Context, f models.AuditFilter) (models.Page[models.AuditEntry], error) {
	none := models.Page[models.AuditEntry]{Items: []models.AuditEntry{}}
	if f.ActorID != "" && !isID(f.ActorID) || !storable(f.Action) {
		return none, nil // nobody, nothing
	}
	tag, limit := listTag("audit", f.ActorID, f.Action), pageSize(f.Limit)
	q := s.conn(ctx).Table("audit_log").Order("id DESC").Limit(limit + 1)
	if f.ActorID != "" {
		q = q.Where("actor_id = ?", f.ActorID)
	}
	if f.Action != "" {
		q = q.Where("action = ?", f.Action)
	}
	if f.Cursor != "" {
		c, err := decodeCursor(f.Cursor, tag)
		if err == nil {
			err = c.checkID()
		}
		if err != nil {
			return none, fail("list audit log", err)
		}
		q = q.Where("id < ?", c.ID)
	}
	var rows []auditRow
	if err := q.Scan(&rows).Error; err != nil {
		return none, fail("list audit log", err)
	}
	return page(rows, limit, auditRow.entry, func(r auditRow) cursor { return cursor{List: tag, ID: r.ID} })
}
