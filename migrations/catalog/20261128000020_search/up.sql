-- Spelling correction, and what lets a sorted search skip categories.

CREATE TABLE words (
    word text PRIMARY KEY,
    stem text COLLATE "C" NOT NULL,
    in_name boolean NOT NULL
);
COMMENT ON TABLE words IS 'Every word that describes a product. A query word that is not here, and is no prefix of one, is misspelt.';
COMMENT ON COLUMN words.stem IS 'The word as products.search holds it.';
COMMENT ON COLUMN words.in_name IS 'Whether a product name contains it: such words are preferred as corrections.';
CREATE INDEX words_by_stem ON words (stem);
CREATE INDEX words_alike ON words USING gin (word gin_trgm_ops);

CREATE TABLE marks (
    mark text COLLATE "C" NOT NULL,
    category_id uuid NOT NULL CONSTRAINT marks_category_id_fkey REFERENCES categories (id),
    PRIMARY KEY (mark, category_id)
);
COMMENT ON TABLE marks IS 'In which categories a word or an attribute occurs at all: so that a sorted search walks only their indexes. May name too many categories, never too few.';
COMMENT ON COLUMN marks.mark IS 'w: and the stem of a word, or a: and key=value of an attribute.';
