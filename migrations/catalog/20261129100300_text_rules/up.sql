-- One rule for the text of products and of searches. Both sides call the same functions, so they have the same words.

-- Equal are names that differ only in case, width, spaces, punctuation and symbols. Accents matter.
CREATE COLLATION shop_names (
    provider = icu, locale = 'und-u-ka-shifted-kv-currency-ks-level2', deterministic = false
);

CREATE FUNCTION shop_is_unspaced(source text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN source COLLATE "C" ~ '[\u2E80-\u2FDF\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303C\u3041-\u3096\u3099\u309A\u309D-\u309F\u30A1-\u30FA\u30FC-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U0001AFF0-\U0001B16F\U00020000-\U0003FFFD\u0E01-\u0E3A\u0E40-\u0E4E\u0E81-\u0ECE\u0EDC-\u0EDF\u1780-\u17D3\u17D7\u17DC\u17DD\u1000-\u103F\u1050-\u108F\u109A-\u109D\uA9E0-\uA9EF\uA9FA-\uA9FE\uAA60-\uAA7F]';
COMMENT ON FUNCTION shop_is_unspaced IS 'Whether the text has a letter of a script without spaces between words: Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar.';

CREATE FUNCTION shop_pairs(source text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(string_agg(
        CASE
            WHEN NOT is_unspaced THEN letter
            WHEN is_next_unspaced THEN ' ' || letter || next || ' '
            ELSE ' ' || letter || ' '
        END, '' ORDER BY position), '')
    FROM (
        SELECT letter, position, shop_is_unspaced(letter) AS is_unspaced,
               lead(letter) OVER following AS next,
               shop_is_unspaced(lead(letter) OVER following) AS is_next_unspaced
        FROM regexp_split_to_table(source, '') WITH ORDINALITY AS letters (letter, position)
        WINDOW following AS (ORDER BY position)
    ) AS neighbors;
END;
COMMENT ON FUNCTION shop_pairs IS 'Writes letters of scripts without spaces as words: each with the next one, the last one alone. A search for a part of the text has some of these words; its last one is a prefix.';

-- The parser of text search reads ASCII punctuation inside words: node.js is a host, -5 a number, AB/1 a path.
CREATE FUNCTION shop_spaces(source text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(source) COLLATE "C", '[!-/:-@\[-`{-~]', ' ', 'g');
COMMENT ON FUNCTION shop_spaces IS 'Lower case, with spaces instead of ASCII punctuation.';

CREATE FUNCTION shop_text(source text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN octet_length(source) = char_length(source) THEN shop_spaces(source)
    WHEN shop_is_unspaced(normalize(source, NFKC)) THEN shop_pairs(shop_spaces(normalize(source, NFKC)))
    ELSE shop_spaces(normalize(source, NFKC))
END;
COMMENT ON FUNCTION shop_text IS 'The text that words are taken from: NFKC, lower case, spaces instead of ASCII punctuation, pairs of letters in scripts without spaces.';

-- The text of B is a variable, because a call with a subquery is not inlined.
CREATE OR REPLACE FUNCTION products_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    others text := concat_ws(' ',
        (SELECT name FROM categories WHERE id = NEW.category_id), NEW.sku,
        (SELECT string_agg(value, ' ') FROM jsonb_each_text(NEW.attributes)));
BEGIN
    NEW.search :=
        setweight(to_tsvector('shop_english', shop_text(NEW.name)), 'A')
        || setweight(to_tsvector('shop_english', shop_text(others)), 'B')
        || setweight(to_tsvector('shop_english', shop_text(NEW.description)), 'C');
    RETURN NEW;
END
$$;

-- All products are indexed by the new rules.
INSERT INTO search_rebuilds (category_id, indexed_until) VALUES (NULL, '00000000-0000-0000-0000-000000000000');
