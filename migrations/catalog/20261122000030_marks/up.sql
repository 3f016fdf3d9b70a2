CREATE TABLE marks (
    mark text COLLATE "C" NOT NULL,
    category_id uuid NOT NULL CONSTRAINT marks_category_id_fkey REFERENCES categories (id),
    PRIMARY KEY (mark, category_id)
);
COMMENT ON TABLE marks IS 'In which categories a word or an attribute occurs at all: so that a sorted search walks only their indexes. May name too many categories, never too few.';
COMMENT ON COLUMN marks.mark IS 'w: and the stem of a word, or a: and key=value of an attribute.';
