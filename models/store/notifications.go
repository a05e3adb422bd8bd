package store

import (
	"context"
	"math"
	"strconv"
	"time"

	"safelight/models"
)

// notificationRow is a row of notifications.
type notificationRow struct {
	ID        string     `gorm:"column:id"`
	Seq       int64      `gorm:"column:seq"`
	UserID    string     `gorm:"column:user_id"`
	Kind      string     `gorm:"column:kind"`
	Title     string     `gorm:"column:title"`
	Body      string     `gorm:"column:body"`
	UploadID  *string    `gorm:"column:upload_id"`
	FileID    *string    `gorm:"column:file_id"`
	Subject   string     `gorm:"column:subject"`
	Reason    string     `gorm:"column:reason"`
	ReadAt    *time.Time `gorm:"column:read_at"`
	CreatedAt time.Time  `gorm:"column:created_at"`
}

const notificationColumns = `id, seq, user_id, kind, title, body, upload_id, file_id, subject, reason, read_at, created_at`

func (r notificationRow) notification() (models.Notification, error) {
	return models.Notification{
		ID: r.ID, Seq: r.Seq, UserID: r.UserID, Kind: models.NotificationKind(r.Kind), Title: r.Title, Body: r.Body,
		UploadID: r.UploadID, FileID: r.FileID, Subject: r.Subject, Reason: r.Reason,
		ReadAt: utc(r.ReadAt), CreatedAt: r.CreatedAt.UTC(),
	}, nil
}

// ListNotifications lists a user's notifications, newest first; with unread
// those alone that have not been read.
func (s *Store) ListNotifications(ctx context.Context, userID string, unread bool, limit int, after string) (models.Page[models.Notification], error) {
	if err := checkIDs(userID); err != nil {
		return models.Page[models.Notification]{}, fail("list notifications", err)
	}
	tag, below := listTag("notifications", userID, strconv.FormatBool(unread)), int64(math.MaxInt64)
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err != nil {
			return models.Page[models.Notification]{}, fail("list notifications", err)
		}
		if below, err = c.atNumber(); err != nil {
			return models.Page[models.Notification]{}, fail("list notifications", err)
		}
	}
	q := s.conn(ctx).Table("notifications").Select(notificationColumns).Where("user_id = ? AND seq < ?", userID, below)
	if unread {
		q = q.Where("read_at IS NULL")
	}
	limit = pageSize(limit)
	var rows []notificationRow
	if err := q.Order("seq DESC").Limit(limit + 1).Scan(&rows).Error; err != nil {
		return models.Page[models.Notification]{}, fail("list notifications", err)
	}
	return page(rows, limit, notificationRow.notification, func(r notificationRow) cursor {
		return cursor{List: tag, Key: strconv.FormatInt(r.Seq, 10)}
	})
}

// NotificationByID reads a notification, whoever it is for.
func (s *Store) NotificationByID(ctx context.Context, id string) (models.Notification, error) {
	if err := checkIDs(id); err != nil {
		return models.Notification{}, fail("read notification", err)
	}
	row, found, err := first[notificationRow](s.conn(ctx),
		`SELECT `+notificationColumns+` FROM notifications WHERE id = $1`, id)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Notification{}, fail("read notification", err)
	}
	return row.notification()
}

// NotificationsSince reads up to limit notifications of a user that come after
// number seq, oldest first. The numbers of one user's notifications become
// visible in their order: who goes on from the highest seen misses none.
func (s *Store) NotificationsSince(ctx context.Context, userID string, seq int64, limit int) ([]models.Notification, error) {
	if err := checkIDs(userID); err != nil {
		return nil, fail("read notifications", err)
	}
	rows, err := every[notificationRow](s.conn(ctx), `
		SELECT `+notificationColumns+` FROM notifications WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
		userID, seq, limit)
	if err != nil {
		return nil, fail("read notifications", err)
	}
	p, err := page(rows, len(rows), notificationRow.notification, nil)
	return p.Items, err
}

// LastNotificationSeq is the highest number among a user's notifications, 0 without any.
func (s *Store) LastNotificationSeq(ctx context.Context, userID string) (int64, error) {
	if err := checkIDs(userID); err != nil {
		return 0, fail("read last notification", err)
	}
	seq, _, err := first[int64](s.conn(ctx),
		`SELECT coalesce(max(seq), 0) FROM notifications WHERE user_id = $1`, userID)
	return seq, fail("read last notification", err)
}

// MarkRead marks a user's notification as read and returns it. Twice is once:
// the first time stays.
func (s *Store) MarkRead(ctx context.Context, userID, id string) (models.Notification, error) {
	if err := checkIDs(userID, id); err != nil {
		return models.Notification{}, fail("mark notification as read", err)
	}
	row, found, err := first[notificationRow](s.conn(ctx), `
		UPDATE notifications SET read_at = coalesce(read_at, now()) WHERE id = $1 AND user_id = $2
		RETURNING `+notificationColumns, id, userID)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Notification{}, fail("mark notification as read", err)
	}
	return row.notification()
}

// MarkAllRead marks all of a user's notifications as read and returns how many were not.
func (s *Store) MarkAllRead(ctx context.Context, userID string) (int64, error) {
	if err := checkIDs(userID); err != nil {
		return 0, fail("mark notifications as read", err)
	}
	n, err := exec(s.conn(ctx), `UPDATE notifications SET read_at = now() WHERE user_id = $1 AND read_at IS NULL`, userID)
	return n, fail("mark notifications as read", err)
}
