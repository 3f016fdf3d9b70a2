DROP TABLE category_terms;
DROP TABLE spelling_terms;
