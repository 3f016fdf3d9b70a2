-- Categories and products. Both extensions are trusted: the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Stems English words and drops accents: queries are matched with it.
CREATE TEXT SEARCH CONFIGURATION shop_english (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION shop_english
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;

-- Does not stem words, drops accents: spelling corrections use it.
CREATE TEXT SEARCH CONFIGURATION shop_words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION shop_words
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

CREATE TABLE categories (
    id uuid PRIMARY KEY,
    slug text NOT NULL CONSTRAINT categories_slug_key UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    position integer NOT NULL
);
COMMENT ON TABLE categories IS 'Groups of products.';
COMMENT ON COLUMN categories.position IS 'Categories are listed by this, lowest first.';

CREATE TABLE products (
    id uuid PRIMARY KEY,
    sku text NOT NULL CONSTRAINT products_sku_key UNIQUE,
    slug text NOT NULL CONSTRAINT products_slug_key UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    price_minor bigint NOT NULL CONSTRAINT products_price_not_negative CHECK (price_minor >= 0),
    currency text NOT NULL CONSTRAINT products_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
    category_id uuid NOT NULL CONSTRAINT products_category_id_fkey REFERENCES categories (id),
    attributes jsonb NOT NULL,
    images jsonb NOT NULL,
    in_stock boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    sort_name text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    search tsvector NOT NULL
);
COMMENT ON TABLE products IS 'Products; each has one SKU. Ids are UUIDv7, so they sort by age.';
COMMENT ON COLUMN products.price_minor IS 'Price of one unit before tax, in minor units of the currency.';
COMMENT ON COLUMN products.attributes IS 'Object of strings: {"roast": "dark"}.';
COMMENT ON COLUMN products.images IS 'Array of {"url", "alt"}; the first one is the cover.';
COMMENT ON COLUMN products.in_stock IS 'Whether stock.on_hand > stock.reserved; follows it in the same transaction.';
COMMENT ON COLUMN products.version IS 'Counts writes by staff; an update names the version that it read.';
COMMENT ON COLUMN products.archived_at IS 'When the product was archived; null while it is for sale.';
COMMENT ON COLUMN products.sort_name IS 'The name as the listing sorts it: case does not matter.';
COMMENT ON COLUMN products.search IS 'Words of the name (A), of category, SKU and attributes (B) and of the description (C); maintained by a trigger.';

CREATE FUNCTION products_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search :=
        setweight(to_tsvector('shop_english', NEW.name), 'A')
        || setweight(to_tsvector('shop_english',
               (SELECT name FROM categories WHERE id = NEW.category_id)
               || ' ' || replace(NEW.sku, '-', ' ')), 'B')
        || setweight(jsonb_to_tsvector('shop_english', NEW.attributes, '["string"]'), 'B')
        || setweight(to_tsvector('shop_english', NEW.description), 'C');
    RETURN NEW;
END
$$;
CREATE TRIGGER products_search BEFORE INSERT OR UPDATE OF sku, name, description, category_id, attributes
    ON products FOR EACH ROW EXECUTE FUNCTION products_search();

-- Listings: one index per sort, with and without a category.
CREATE INDEX products_by_price ON products (price_minor, id) WHERE archived_at IS NULL;
CREATE INDEX products_by_name ON products (sort_name, id) WHERE archived_at IS NULL;
CREATE INDEX products_by_category ON products (category_id, id);
CREATE INDEX products_by_category_and_price ON products (category_id, price_minor, id) WHERE archived_at IS NULL;
CREATE INDEX products_by_category_and_name ON products (category_id, sort_name, id) WHERE archived_at IS NULL;
-- Search and facets.
CREATE INDEX products_search ON products USING gin (search) WHERE archived_at IS NULL;
CREATE INDEX products_name_search ON products USING gin (to_tsvector('shop_english', name)) WHERE archived_at IS NULL;
CREATE INDEX products_attributes ON products USING gin (attributes jsonb_path_ops) WHERE archived_at IS NULL;
