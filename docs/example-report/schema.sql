-- The demonstration database of this example report: a small shop, beside the sample data of `make sample`.
-- It has a handful of mistakes on purpose, so that the report has something to say. README.md has the commands.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT setseed(0.5) \gset _

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

CREATE ROLE shop_app NOLOGIN;
CREATE ROLE shop_reader NOLOGIN;
COMMENT ON ROLE shop_reader IS 'For the people who make the monthly figures';

CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'Customers, products and orders of the web shop';
SET search_path = shop, public;

CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent', 'returned');
COMMENT ON TYPE order_status IS 'The way of an order, in this order';
CREATE DOMAIN amount AS numeric(12, 2) CHECK (VALUE >= 0);

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  full_name text NOT NULL,
  country char(2) NOT NULL,
  newsletter boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE customers IS 'Whoever has an account. Deleted a year after the last order';
COMMENT ON COLUMN customers.email IS 'Also the name to log in with';
COMMENT ON COLUMN customers.country IS 'ISO 3166, two letters';

CREATE TABLE categories (
  id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  parent_id integer REFERENCES categories
);
COMMENT ON TABLE categories IS 'What products are sorted into; a tree';

CREATE TABLE products (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category_id integer NOT NULL REFERENCES categories,
  sku text NOT NULL UNIQUE,
  name text NOT NULL,
  price amount NOT NULL,
  discontinued_at timestamp
);
COMMENT ON TABLE products IS 'What is sold, and what was';
COMMENT ON COLUMN products.discontinued_at IS 'NULL: it can be bought';
CREATE INDEX products_category_id_idx ON products (category_id);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  status order_status NOT NULL DEFAULT 'new',
  note text,
  ordered_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT updated_after_ordered CHECK (updated_at >= ordered_at)
);
COMMENT ON TABLE orders IS 'One row for each order. What was bought is in order_items';
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
-- Mistake: an index that is the beginning of another.
CREATE INDEX orders_customer_id_ordered_at_idx ON orders (customer_id, ordered_at DESC);
-- Mistake: nothing ever searches for it.
CREATE INDEX orders_note_idx ON orders (note);

CREATE TABLE order_items (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line smallint NOT NULL,
  -- Mistake: no index for this key.
  product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity > 0),
  price amount NOT NULL,
  PRIMARY KEY (order_id, line)
);
COMMENT ON COLUMN order_items.price IS 'Of one piece, on the day of the order';

CREATE TABLE payments (
  -- Mistake: serial is an integer, and this one has been used for long.
  id serial PRIMARY KEY,
  -- Mistake: integer, and orders.id is a bigint.
  order_id integer NOT NULL REFERENCES orders (id),
  paid amount NOT NULL,
  method text NOT NULL,
  iban text,
  paid_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payments_order_id_idx ON payments (order_id);
-- Mistake: the same index once more.
CREATE INDEX payments_order_idx ON payments (order_id);

-- Mistake: nobody vacuums it.
CREATE TABLE stock (
  product_id integer PRIMARY KEY REFERENCES products,
  pieces integer NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_enabled = off);

-- Mistake: no primary key.
CREATE TABLE order_events (
  happened_at timestamptz NOT NULL DEFAULT now(),
  order_id bigint NOT NULL,
  event text NOT NULL,
  detail jsonb
);
CREATE INDEX order_events_order_id_idx ON order_events (order_id);

CREATE TABLE page_views (
  viewed_at timestamptz NOT NULL,
  path text NOT NULL,
  customer_id bigint,
  milliseconds integer NOT NULL,
  PRIMARY KEY (viewed_at, path)
) PARTITION BY RANGE (viewed_at);
COMMENT ON TABLE page_views IS 'Which page was looked at, one partition for each month';
SELECT format(
  'CREATE TABLE page_views_%s PARTITION OF page_views FOR VALUES FROM (%L) TO (%L)',
  to_char(month, 'YYYY_MM'), month, month + interval '1 month')
FROM generate_series(date_trunc('month', now()) - interval '5 months', date_trunc('month', now()), '1 month') AS month
\gexec

CREATE VIEW order_totals AS
  SELECT o.id, o.customer_id, o.status, o.ordered_at, sum(i.quantity * i.price) AS total
  FROM orders o JOIN order_items i ON i.order_id = o.id
  GROUP BY o.id;
COMMENT ON VIEW order_totals IS 'What each order costs';

CREATE MATERIALIZED VIEW monthly_turnover AS
  SELECT date_trunc('month', ordered_at) AS month, count(*) AS orders, sum(total) AS turnover
  FROM order_totals WHERE status <> 'returned' GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX ON monthly_turnover (month);

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER orders_updated_at BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Mistake: it runs with its owner's rights, and looks for tables where its caller says.
CREATE FUNCTION turnover_of(customer bigint) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER
  AS 'SELECT sum(total) FROM shop.order_totals WHERE customer_id = customer';
COMMENT ON FUNCTION turnover_of IS 'What a customer has spent so far';

-- Mistake: a policy, and nobody has switched row security on.
CREATE POLICY own_orders ON orders FOR SELECT TO shop_app
  USING (customer_id = current_setting('shop.customer', true)::bigint);

GRANT USAGE ON SCHEMA shop TO shop_app, shop_reader;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO shop_app;
GRANT SELECT ON order_totals, monthly_turnover TO shop_reader;

-- Rows.
INSERT INTO customers (email, full_name, country, newsletter, created_at)
SELECT 'customer' || n || '@example.com', 'Customer ' || n, (ARRAY['CH', 'CH', 'CH', 'DE', 'AT', 'FR'])[1 + n % 6],
  n % 3 = 0, now() - (5000 - n) * interval '1 hour'
FROM generate_series(1, 4000) AS n;

INSERT INTO categories VALUES (1, 'Garden', NULL), (2, 'Tools', 1), (3, 'Seeds', 1), (4, 'Books', NULL);
INSERT INTO products (category_id, sku, name, price, discontinued_at)
SELECT 1 + n % 4, 'SKU-' || lpad(n::text, 5, '0'), 'Product ' || n, 5 + (n * 7) % 90,
  CASE WHEN n % 9 = 0 THEN now()::timestamp - n * interval '1 day' END
FROM generate_series(1, 400) AS n;

INSERT INTO orders (customer_id, status, note, ordered_at, updated_at)
SELECT 1 + (random() * 3999)::int, (ARRAY['sent', 'sent', 'sent', 'paid', 'new', 'returned'])[1 + n % 6]::order_status,
  CASE WHEN n % 4 = 0 THEN 'Please leave it with neighbour ' || n END, at, at
FROM generate_series(1, 30000) AS n, LATERAL (SELECT now() - (30000 - n) * interval '8 minutes' AS at) AS times;

INSERT INTO order_items
SELECT id, line, 1 + (random() * 399)::int, 1 + (random() * 3)::int, 5 + (random() * 90)::int
FROM orders, generate_series(1, 3) AS line;

INSERT INTO payments (order_id, paid, method, iban, paid_at)
SELECT id, 20 + id % 200, (ARRAY['invoice', 'card', 'card'])[1 + id % 3],
  CASE WHEN id % 3 = 0 THEN 'CH93 0076 2011 6238 5295 7' END, ordered_at
FROM orders WHERE status <> 'new';
SELECT setval('payments_id_seq', 1932735283) \gset _

INSERT INTO stock SELECT id, (random() * 500)::int FROM products;
INSERT INTO order_events SELECT updated_at, id, status::text, '{"by": "shop"}' FROM orders;
INSERT INTO page_views
SELECT now() - n * interval '5 minutes', '/product/' || n % 400, CASE WHEN n % 3 = 0 THEN n % 4000 END, 20 + n % 300
FROM generate_series(1, 20000) AS n;
REFRESH MATERIALIZED VIEW monthly_turnover;

-- Mistake: holds for new rows only; those that are there were never looked at.
ALTER TABLE order_events ADD CONSTRAINT known_event CHECK (event IN ('new', 'paid', 'sent')) NOT VALID;

-- Work, so that the server has something to count.
DO $$
BEGIN
  FOR n IN 1..40 LOOP
    UPDATE stock SET pieces = pieces + 1, counted_at = now();
    PERFORM count(*) FROM orders WHERE customer_id = n;
    PERFORM total FROM order_totals WHERE id = n * 100;
    PERFORM count(*) FROM order_items WHERE product_id = n;
    PERFORM * FROM products WHERE category_id = 1 + n % 4;
  END LOOP;
END $$;
SELECT count(*), avg(milliseconds) FROM page_views \gset _

-- TimescaleDB: compress what is older than a week (and now, to see it, what is older than a day), keep 90 days, and a job of our own.
ALTER TABLE public.power_metrics SET (timescaledb.compress, timescaledb.compress_segmentby = 'service_name, channel');
SELECT add_compression_policy('public.power_metrics', INTERVAL '7 days') \gset _
SELECT count(compress_chunk(chunk)) FROM show_chunks('public.power_metrics', older_than => INTERVAL '1 day') AS chunk \gset _
SELECT add_retention_policy('public.health_metrics', INTERVAL '90 days') \gset _

-- Mistake: it was written for a table that is not there any more.
CREATE PROCEDURE send_figures(job_id integer, config jsonb) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shop.figures SELECT * FROM shop.monthly_turnover;
END $$;
SELECT add_job('send_figures', INTERVAL '1 day') \gset _

ANALYZE;
