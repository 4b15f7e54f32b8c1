CREATE TABLE carriers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE INDEX carriers_name_idx ON carriers (lower(name));

ALTER TABLE orders ADD COLUMN carrier_id bigint;

CREATE INDEX CONCURRENTLY orders_carrier_id_idx ON orders (carrier_id);

ALTER TABLE orders ADD CONSTRAINT orders_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES carriers (id);

ALTER TABLE products DROP COLUMN legacy_code;

ALTER TABLE reviews
    ADD CONSTRAINT reviews_body_check CHECK (length(body) <= 10000) NOT VALID;

ALTER TABLE reviews VALIDATE CONSTRAINT reviews_body_check;
