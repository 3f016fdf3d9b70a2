//! Every URL of the console. A page asks for the groups whose RPCs it needs; a form for those that may do what it does.

use super::{home, second_factor, sign_in};
use crate::edge::table::table;

table! {
    "/staff" {
        GET    home::show                    SignedIn Api;
    }
    "/staff/sign-in" {
        GET    sign_in::show                 Optional Api;
        POST   sign_in::submit               Optional Identity;
    }
    "/staff/sign-out" {
        POST   sign_in::sign_out             Optional Api;
    }
    "/staff/second-factor" {
        GET    second_factor::show           SignedIn Api;
        POST   second_factor::prove          SignedIn Identity;
    }
    "/staff/second-factor/enrollment" {
        GET    second_factor::show_enrollment SignedIn Api;
        POST   second_factor::begin          SignedIn Identity;
    }
    "/staff/second-factor/confirmation" {
        POST   second_factor::confirm        SignedIn Identity;
    }
}
