CREATE OR REPLACE FUNCTION products_search() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION shop_text(text);
DROP FUNCTION shop_spaces(text);
DROP FUNCTION shop_pairs(text);
DROP FUNCTION shop_is_unspaced(text);
DROP COLLATION shop_names;
