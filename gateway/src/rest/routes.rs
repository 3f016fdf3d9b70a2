//! Every URL of the JSON API.

use utoipa::OpenApi;

use super::{
    accounts, actions, addresses, carts, categories, credentials, customers, dead_letters,
    discounts, docs, ledger, order_events, order_page, orders, own_sessions, products,
    reconciliations, refunds, returns, sagas, second_factor, sessions, staff_members,
    staff_products, stock, webhooks,
};
use crate::edge::table::table;

/// Defines the table, and collects the OpenAPI declarations of its handlers.
macro_rules! rest {
    ($($path:literal { $($method:ident $module:ident :: $handler:ident $access:ident $([$($group:ident)+])? $class:ident;)+ })+) => {
        table! { $($path { $($method $module :: $handler $access $([$($group)+])? $class;)+ })+ }

        /// The OpenAPI declarations of the handlers.
        #[derive(OpenApi)]
        #[openapi(paths($($($module::$handler),+),+))]
        pub(super) struct Handlers;
    };
}

rest! {
    "/.well-known/jwks.json" {
        GET    accounts::jwks                Public   Api;
    }
    "/api/v1/users" {
        POST   accounts::register            Public   Identity;
    }
    "/api/v1/email-verifications" {
        POST   accounts::verify_email        Public   Identity;
    }
    "/api/v1/email-verifications/requests" {
        POST   credentials::request_verification Public Identity;
    }
    "/api/v1/email-changes/confirmation" {
        POST   credentials::confirm_email_change Public Identity;
    }
    "/api/v1/password-resets" {
        POST   credentials::request_reset    Public   Identity;
    }
    "/api/v1/password-resets/confirmation" {
        POST   credentials::reset            Public   Identity;
    }
    "/api/v1/sessions" {
        POST   sessions::sign_in             Public   Identity;
    }
    "/api/v1/sessions/revocation" {
        POST   sessions::sign_out            Public   Api;
    }
    "/api/v1/sessions/refresh" {
        POST   sessions::refresh             Public   Identity;
    }
    "/api/v1/sessions/step-up" {
        POST   second_factor::step_up        SignedIn Identity;
    }
    "/api/v1/me" {
        GET    accounts::me                  SignedIn Api;
        PATCH  accounts::update_profile      SignedIn Api;
    }
    "/api/v1/me/password" {
        POST   credentials::change_password  SignedIn Identity;
    }
    "/api/v1/me/email" {
        POST   credentials::request_email_change SignedIn Identity;
    }
    "/api/v1/me/sessions" {
        GET    own_sessions::list            SignedIn Api;
        DELETE own_sessions::end_others      SignedIn Api;
    }
    "/api/v1/me/sessions/{id}" {
        DELETE own_sessions::end             SignedIn Api;
    }
    "/api/v1/me/second-factor" {
        POST   second_factor::enroll         SignedIn Identity;
    }
    "/api/v1/me/second-factor/confirmation" {
        POST   second_factor::confirm        SignedIn Identity;
    }
    "/api/v1/me/addresses" {
        GET    addresses::list               SignedIn Api;
        POST   addresses::create             SignedIn Api;
    }
    "/api/v1/me/addresses/{id}" {
        PUT    addresses::replace            SignedIn Api;
        DELETE addresses::delete             SignedIn Api;
    }
    "/api/v1/categories" {
        GET    categories::list              Public   Page;
    }
    "/api/v1/products" {
        GET    products::search              Public   Search;
    }
    "/api/v1/products/{product}" {
        GET    products::get                 Public   Page;
    }
    "/api/v1/cart" {
        GET    carts::get                    Optional Api;
    }
    "/api/v1/cart/items/{sku}" {
        PUT    carts::set_item               Optional Api;
        DELETE carts::remove_item            Optional Api;
    }
    "/api/v1/cart/discount" {
        PUT    carts::set_discount           Optional Api;
        DELETE carts::remove_discount        Optional Api;
    }
    "/api/v1/cart/merge" {
        POST   carts::merge                  SignedIn Api;
    }
    "/api/v1/orders" {
        GET    orders::list                  SignedIn Api;
        POST   orders::place                 SignedIn Api;
    }
    "/api/v1/orders/{id}" {
        GET    orders::get                   SignedIn Api;
    }
    "/api/v1/orders/{id}/events" {
        GET    order_events::follow          SignedIn Api;
    }
    "/api/v1/orders/{id}/page" {
        GET    order_page::get               SignedIn Api;
    }
    "/api/v1/orders/{id}/timeline" {
        GET    orders::timeline              SignedIn Api;
    }
    "/api/v1/orders/{id}/payment" {
        GET    refunds::payment              SignedIn Api;
    }
    "/api/v1/orders/{id}/cancellation" {
        POST   orders::cancel                SignedIn Api;
    }
    "/api/v1/orders/{id}/returns" {
        GET    returns::of_order             SignedIn Api;
        POST   returns::request              SignedIn Api;
    }
    "/api/v1/returns/{id}" {
        GET    returns::get                  SignedIn Api;
    }
    "/api/v1/returns/{id}/withdrawal" {
        POST   returns::withdraw             SignedIn Api;
    }
    "/api/v1/staff/customers" {
        GET    customers::list               Staff[Support Finance] Api;
    }
    "/api/v1/staff/customers/{id}" {
        GET    customers::get                Staff[Support Finance] Api;
    }
    "/api/v1/staff/members" {
        GET    staff_members::list           Staff[Admin] Api;
    }
    "/api/v1/staff/members/{id}" {
        DELETE staff_members::remove         RecentStaff[Admin] Api;
    }
    "/api/v1/staff/members/{id}/groups" {
        PUT    staff_members::change_groups  RecentStaff[Admin] Api;
    }
    "/api/v1/staff/invitations" {
        POST   staff_members::invite         RecentStaff[Admin] Api;
    }
    "/api/v1/staff/invitations/acceptance" {
        POST   staff_members::accept         Public   Identity;
    }
    "/api/v1/staff/signing-keys" {
        POST   accounts::rotate_signing_key  RecentStaff[Admin] Api;
    }
    "/api/v1/staff/signing-keys/{kid}/revocation" {
        POST   accounts::revoke_signing_key  RecentStaff[Admin] Api;
    }
    "/api/v1/staff/orders/{id}/refunds" {
        POST   refunds::request              RecentStaff[Finance] Api;
    }
    "/api/v1/staff/orders/{id}/shipment" {
        POST   orders::ship                  Staff[Warehouse] Api;
    }
    "/api/v1/staff/orders/{id}/delivery" {
        POST   orders::deliver               Staff[Warehouse] Api;
    }
    "/api/v1/staff/orders/{id}/ledger" {
        GET    ledger::of_order              Staff[Finance] Api;
    }
    "/api/v1/staff/ledger/balances" {
        GET    ledger::balances              Staff[Finance] Api;
    }
    "/api/v1/staff/categories" {
        POST   categories::create            Staff[Catalog] Api;
    }
    "/api/v1/staff/categories/{slug}" {
        GET    categories::get               Staff[Catalog] Api;
        PATCH  categories::change            Staff[Catalog] Api;
        DELETE categories::delete            Staff[Catalog] Api;
    }
    "/api/v1/staff/products" {
        GET    staff_products::list          Staff[Catalog Warehouse Support] Api;
        POST   staff_products::create        Staff[Catalog] Api;
    }
    "/api/v1/staff/products/{sku}" {
        GET    staff_products::get           Staff[Catalog Warehouse Support] Api;
        PATCH  staff_products::change        Staff[Catalog] Api;
        DELETE staff_products::archive       Staff[Catalog] Api;
    }
    "/api/v1/staff/products/{sku}/restoration" {
        POST   staff_products::restore       Staff[Catalog] Api;
    }
    "/api/v1/staff/products/{sku}/stock" {
        GET    stock::get                    Staff[Warehouse Catalog Support] Api;
    }
    "/api/v1/staff/products/{sku}/stock-adjustments" {
        POST   stock::adjust                 Staff[Warehouse] Api;
    }
    "/api/v1/staff/dead-letters" {
        GET    dead_letters::list            Staff[Admin] Api;
    }
    "/api/v1/staff/dead-letters/{service}/redrive" {
        POST   dead_letters::redrive_all     Staff[Admin] Api;
    }
    "/api/v1/staff/dead-letters/{service}/{id}" {
        GET    dead_letters::get             Staff[Admin] Api;
    }
    "/api/v1/staff/dead-letters/{service}/{id}/redrive" {
        POST   dead_letters::redrive         Staff[Admin] Api;
    }
    "/api/v1/staff/dead-letters/{service}/{id}/drop" {
        POST   dead_letters::drop            RecentStaff[Admin] Api;
    }
    "/api/v1/staff/discounts" {
        GET    discounts::list               Staff[Catalog Support] Api;
        POST   discounts::create             Staff[Catalog] Api;
    }
    "/api/v1/staff/discounts/{code}" {
        GET    discounts::get                Staff[Catalog Support] Api;
        PATCH  discounts::change             Staff[Catalog] Api;
    }
    "/api/v1/staff/discounts/{code}/end" {
        POST   discounts::end                Staff[Catalog] Api;
    }
    "/api/v1/staff/actions" {
        GET    actions::list                 Staff[Admin Finance] Api;
    }
    "/api/v1/staff/returns" {
        GET    returns::list                 Staff[Support Finance] Api;
    }
    "/api/v1/staff/returns/{id}/approval" {
        POST   returns::approve              RecentStaff[Support Finance] Api;
    }
    "/api/v1/staff/returns/{id}/refusal" {
        POST   returns::refuse               Staff[Support Finance] Api;
    }
    "/api/v1/staff/sagas" {
        GET    sagas::list                   Staff[Support Admin] Api;
    }
    "/api/v1/staff/sagas/{id}" {
        GET    sagas::get                    Staff[Support Admin] Api;
    }
    "/api/v1/staff/sagas/{id}/retry" {
        POST   sagas::retry                  Staff[Support Admin] Api;
    }
    "/api/v1/staff/sagas/{id}/compensation" {
        POST   sagas::compensate             Staff[Support Admin] Api;
    }
    "/api/v1/staff/reconciliations" {
        GET    reconciliations::list         Staff[Finance] Api;
        POST   reconciliations::start        Staff[Finance] Api;
    }
    "/api/v1/staff/reconciliations/{id}" {
        GET    reconciliations::get          Staff[Finance] Api;
    }
    "/webhooks/stripe" {
        POST   webhooks::stripe              Public   Webhook;
    }
    "/openapi.json" {
        GET    docs::openapi                 Public   Page;
    }
    "/problems" {
        GET    docs::problems                Public   Page;
    }
    "/problems/{name}" {
        GET    docs::problem                 Public   Page;
    }
    "/docs" {
        GET    docs::redirect                Public   Page;
    }
    "/docs/" {
        GET    docs::start                   Public   Page;
    }
    "/docs/{file}" {
        GET    docs::reference               Public   Page;
    }
}
