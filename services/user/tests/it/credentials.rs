//! What the owner of an account changes, and the ways back into it by e-mail.

mod email;
mod limits;
mod password;
mod profile;
mod reset;
mod sessions;
mod verification;
mod world;
