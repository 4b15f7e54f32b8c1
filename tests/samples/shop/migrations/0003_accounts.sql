CREATE INDEX orders_status_idx ON orders (status);

CREATE INDEX CONCURRENTLY orders_created_at_idx ON orders (created_at);

ALTER TABLE users ADD COLUMN phone text NOT NULL;

ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';

ALTER TABLE users ADD COLUMN last_seen_at timestamptz;

UPDATE users SET locale = 'de' WHERE email LIKE '%.de';
