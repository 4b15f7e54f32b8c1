CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id),
    user_id bigint NOT NULL REFERENCES users (id),
    rating double precision NOT NULL CHECK (rating BETWEEN 1 AND 5),
    body text NOT NULL,
    created_at timestamp NOT NULL DEFAULT now(),
    published_at timestamptz
);

CREATE INDEX reviews_user_id_idx ON reviews (user_id);

CREATE TABLE audit_log (
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    details jsonb
);
