DROP TABLE discount_codes;
DROP TABLE cart_lines;
DROP TABLE carts;
