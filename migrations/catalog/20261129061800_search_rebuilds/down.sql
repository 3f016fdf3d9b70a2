DROP TABLE renamed_categories;
