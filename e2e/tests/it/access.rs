//! Who may call what. `docs/access.md` is generated from the tables of the gateway and the services, and every row is
//! called as every kind of caller on a running shop. `UPDATE_DOCS=1` rewrites the page.

mod document;
mod objects;
mod people;
mod rest;
mod rpc;
mod rule;
