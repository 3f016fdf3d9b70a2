-- Spelling correction, and the terms that let a sorted search skip categories.

CREATE TABLE spelling_terms (
    word text PRIMARY KEY,
    stem text COLLATE "C" NOT NULL,
    in_name boolean NOT NULL
);
COMMENT ON TABLE spelling_terms IS 'Every word that describes a product. A query word that is neither one of these nor a prefix of one is misspelled.';
COMMENT ON COLUMN spelling_terms.stem IS 'The word as products.search holds it.';
COMMENT ON COLUMN spelling_terms.in_name IS 'Whether a product name contains it: such words are preferred as corrections.';
CREATE INDEX spelling_terms_by_stem ON spelling_terms (stem);
CREATE INDEX spelling_terms_alike ON spelling_terms USING gin (word gin_trgm_ops);

CREATE TABLE category_terms (
    term text COLLATE "C" NOT NULL,
    category_id uuid NOT NULL CONSTRAINT category_terms_category_id_fkey REFERENCES categories (id),
    PRIMARY KEY (term, category_id)
);
COMMENT ON TABLE category_terms IS 'The categories in which a word or an attribute occurs, so that a sorted search reads only their indexes. A superset: perhaps too many categories, never too few.';
COMMENT ON COLUMN category_terms.term IS 'w: and the stem of a word, or a: and key=value of an attribute.';
