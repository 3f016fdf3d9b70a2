//! Every URL of the shop's pages.
//!
//! `Optional` rows know their visitor, who may be a guest. `Public` rows are the same for everyone: they have neither
//! visitor nor form.

use super::{
    account,
    account::{addresses, credentials, sessions},
    cart, category, checkout, home, legal, mail_links, order, orders, product, register,
    request_return, search, sign_in, sitemap,
};
use crate::{
    edge::table::table,
    pages::{assets, order_stream, pictures},
};

table! {
    "/" {
        GET    home::show                    Optional Page;
    }
    "/categories/{slug}" {
        GET    category::show                Optional Search;
    }
    "/search" {
        GET    search::show                  Optional Search;
    }
    "/search/suggestions" {
        GET    search::suggest               Public   Search;
    }
    "/products/{slug}" {
        GET    product::show                 Optional Page;
    }
    "/cart" {
        GET    cart::show                    Optional Api;
    }
    "/cart/items" {
        POST   cart::add                     Optional Api;
    }
    "/cart/items/{sku}" {
        POST   cart::change                  Optional Api;
    }
    "/cart/discount" {
        POST   cart::set_discount            Optional Api;
    }
    "/cart/discount/removal" {
        POST   cart::remove_discount         Optional Api;
    }
    "/checkout" {
        GET    checkout::show                SignedIn Api;
        POST   checkout::place               SignedIn Api;
    }
    "/checkout/discount" {
        POST   checkout::set_discount        SignedIn Api;
    }
    "/checkout/discount/removal" {
        POST   checkout::remove_discount     SignedIn Api;
    }
    "/orders" {
        GET    orders::list                  SignedIn Api;
    }
    "/orders/{id}" {
        GET    order::show                   SignedIn Api;
    }
    "/orders/{id}/events" {
        GET    order_stream::follow          SignedIn Api;
    }
    "/orders/{id}/cancellation" {
        POST   order::cancel                 SignedIn Api;
    }
    "/orders/{id}/returns" {
        GET    request_return::show          SignedIn Api;
        POST   request_return::submit        SignedIn Api;
    }
    "/orders/{order}/returns/{id}/withdrawal" {
        POST   request_return::withdraw      SignedIn Api;
    }
    "/account" {
        GET    account::show                 SignedIn Api;
        POST   account::save                 SignedIn Api;
    }
    "/account/verification" {
        POST   account::request_verification SignedIn Identity;
    }
    "/account/addresses" {
        GET    addresses::list               SignedIn Api;
        POST   addresses::add                SignedIn Api;
    }
    "/account/addresses/new" {
        GET    addresses::show_new           SignedIn Api;
    }
    "/account/addresses/{id}" {
        GET    addresses::show               SignedIn Api;
        POST   addresses::replace            SignedIn Api;
    }
    "/account/addresses/{id}/removal" {
        POST   addresses::remove             SignedIn Api;
    }
    "/account/sessions" {
        GET    sessions::list                SignedIn Api;
    }
    "/account/sessions/end" {
        POST   sessions::end_others          SignedIn Api;
    }
    "/account/sessions/{id}/end" {
        POST   sessions::end                 SignedIn Api;
    }
    "/account/password" {
        GET    credentials::show_password    SignedIn Api;
        POST   credentials::change_password  SignedIn Identity;
    }
    "/account/email" {
        GET    credentials::show_email       SignedIn Api;
        POST   credentials::request_email    SignedIn Identity;
    }
    "/verify-email" {
        GET    mail_links::show_verification Optional Api;
        POST   mail_links::verify            Optional Identity;
    }
    "/confirm-email-change" {
        GET    mail_links::show_change       Optional Api;
        POST   mail_links::confirm_change    Optional Identity;
    }
    "/forgot-password" {
        GET    mail_links::show_forgot       Optional Api;
        POST   mail_links::request_reset     Optional Identity;
    }
    "/reset-password" {
        GET    mail_links::show_reset        Optional Api;
        POST   mail_links::reset             Optional Identity;
    }
    "/sign-in" {
        GET    sign_in::show                 Optional Api;
        POST   sign_in::submit               Optional Identity;
    }
    "/sign-out" {
        POST   sign_in::sign_out             Optional Api;
    }
    "/register" {
        GET    register::show                Optional Api;
        POST   register::submit              Optional Identity;
    }
    "/legal/imprint" {
        GET    legal::imprint                Optional Page;
    }
    "/legal/privacy" {
        GET    legal::privacy                Optional Page;
    }
    "/legal/terms" {
        GET    legal::terms                  Optional Page;
    }
    "/sitemap.xml" {
        GET    sitemap::show                 Public   Search;
    }
    "/robots.txt" {
        GET    sitemap::robots               Public   Page;
    }
    "/favicon.ico" {
        GET    assets::favicon               Public   Page;
    }
    "/assets/{name}" {
        GET    assets::get                   Public   Page;
    }
    "/art/{version}/{category}/{sku}.svg" {
        GET    pictures::get                 Public   Page;
    }
}
