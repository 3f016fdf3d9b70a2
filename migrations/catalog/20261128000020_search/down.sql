DROP TABLE marks;
DROP TABLE words;
