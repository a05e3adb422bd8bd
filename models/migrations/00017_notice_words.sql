-- What a notification says, as words of a machine: whoever shows it in another
-- language than the title's and the body's puts it into sentences of their own.
-- +goose Up
ALTER TABLE notifications
    ADD COLUMN subject text NOT NULL DEFAULT '', -- the name of the upload
    ADD COLUMN reason  text NOT NULL DEFAULT ''; -- its outcome, its rejection's code or the step that stalled

UPDATE notifications n
   SET subject = u.name,
       reason  = coalesce(CASE n.kind
                              WHEN 'upload.rejected' THEN u.rejection_code
                              WHEN 'upload.stalled' THEN u.step
                              WHEN 'upload.failed' THEN ''
                              ELSE u.outcome
                          END, '')
  FROM uploads u
 WHERE u.id = n.upload_id;

-- +goose Down
ALTER TABLE notifications DROP COLUMN subject, DROP COLUMN reason;
