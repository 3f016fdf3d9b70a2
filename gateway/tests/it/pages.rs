//! The shop's pages.

mod account;
mod assets;
mod browser;
mod cart;
mod catalog;
mod checkout;
mod faults;
mod forms;
mod headers;
mod order;
mod orders;
mod problems;
mod sessions;
mod sign_in;
mod staff_audit;
mod staff_categories;
mod staff_customers;
mod staff_discounts;
mod staff_members;
mod staff_money;
mod staff_operations;
mod staff_orders;
mod staff_products;
mod staff_session;
mod staff_system;
