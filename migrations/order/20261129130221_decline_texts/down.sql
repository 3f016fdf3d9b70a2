-- The codes are not kept.
SELECT 1;
