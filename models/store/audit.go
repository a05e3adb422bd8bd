package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// record writes a line of the audit log in the transaction of what it tells
// of: both are there, or neither. Id and time of the entry are set here.
func record(tx *gorm.DB, e models.AuditEntry) error {
	_, err := line(tx, e)
	return err
}

// line writes a line of the audit log and gives its id.
func line(tx *gorm.DB, e models.AuditEntry) (id string, err error) {
	if id, err = newID(); err != nil {
		return "", err
	}
	details := []byte("{}")
	if len(e.Details) > 0 {
		if details, err = json.Marshal(e.Details); err != nil {
			return "", fmt.Errorf("write details of %s: %w", e.Action, err)
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
		return "", fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return id, nil
}

const (
	// failureWithin bounds the line of a failure, which is also written after its caller has gone.
	failureWithin = 5 * time.Second
	maxFailure    = 300 // runes of its reason
)

// Audited writes a line of the audit log before a call whose effect is not in
// the database, so that none goes out unrecorded: where the line can not be
// committed, do is not called. Where do fails, a second line of the same action
// says so: "failed" in its details is the reason, "line" the id of the first.
// The error of do comes back as it is.
func (s *Store) Audited(ctx context.Context, e models.AuditEntry, do func(context.Context) error) error {
	id, err := line(s.conn(ctx), e)
	if err != nil {
		return fail("audit "+e.Action, err)
	}
	cause := do(ctx)
	if cause == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), failureWithin)
	defer cancel()
	reason := []rune(cause.Error())
	e.Details = maps.Clone(e.Details)
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details["failed"], e.Details["line"] = string(reason[:min(len(reason), maxFailure)]), id
	if err := record(s.conn(ctx), e); err != nil {
		return errors.Join(cause, fail("audit the failure of "+e.Action, err))
	}
	return cause
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
