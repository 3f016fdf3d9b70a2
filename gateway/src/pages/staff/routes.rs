//! Every URL of the console. A page asks for the groups whose RPCs it needs; a form for those that may do what it does.

use super::{
    audit, categories, customers, discounts, home, keys, ledger, members, order, order::refund,
    orders, product, products, reconciliations, returns, second_factor, sign_in, stock,
    timeline::page as timeline,
};
use crate::{
    edge::table::table,
    pages::{
        order_stream,
        system::{dead_letters, faults, overview, sagas, services, traces},
    },
};

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
    "/staff/orders" {
        GET    orders::list                  Staff[Support Warehouse Finance] Api;
    }
    "/staff/orders/{id}" {
        GET    order::show                   Staff[Support Warehouse Finance] Api;
    }
    "/staff/orders/{id}/events" {
        GET    order_stream::follow          Staff[Support Warehouse Finance] Api;
    }
    "/staff/orders/{id}/timeline" {
        GET    timeline::show                Staff[Support Warehouse Finance] Api;
    }
    "/staff/orders/{id}/shipment" {
        POST   order::ship                   Staff[Warehouse] Api;
    }
    "/staff/orders/{id}/delivery" {
        POST   order::deliver                Staff[Warehouse] Api;
    }
    "/staff/orders/{id}/cancellation" {
        POST   order::cancel                 Staff[Support] Api;
    }
    "/staff/orders/{id}/refund" {
        GET    refund::show                  RecentStaff[Finance] Api;
        POST   refund::submit                RecentStaff[Finance] Api;
    }
    "/staff/returns" {
        GET    returns::list                 Staff[Support Finance] Api;
    }
    "/staff/returns/{id}" {
        GET    returns::show                 RecentStaff[Support Finance] Api;
    }
    "/staff/returns/{id}/approval" {
        POST   returns::approve              RecentStaff[Support Finance] Api;
    }
    "/staff/returns/{id}/refusal" {
        POST   returns::refuse               Staff[Support Finance] Api;
    }
    "/staff/discounts" {
        GET    discounts::list               Staff[Catalog Support] Api;
        POST   discounts::create             Staff[Catalog] Api;
    }
    "/staff/discounts/new" {
        GET    discounts::show_new           Staff[Catalog] Api;
    }
    "/staff/discounts/{code}" {
        GET    discounts::show               Staff[Catalog Support] Api;
        POST   discounts::save               Staff[Catalog] Api;
    }
    "/staff/discounts/{code}/end" {
        POST   discounts::end                Staff[Catalog] Api;
    }
    "/staff/products" {
        GET    products::list                Staff[Catalog Warehouse Support] Api;
        POST   product::create               Staff[Catalog] Api;
    }
    "/staff/products/new" {
        GET    product::show_new             Staff[Catalog] Api;
    }
    "/staff/products/{sku}" {
        GET    product::show                 Staff[Catalog Warehouse Support] Api;
        POST   product::save                 Staff[Catalog] Api;
    }
    "/staff/products/{sku}/archival" {
        POST   product::archive              Staff[Catalog] Api;
    }
    "/staff/products/{sku}/restoration" {
        POST   product::restore              Staff[Catalog] Api;
    }
    "/staff/products/{sku}/stock" {
        GET    stock::show                   Staff[Warehouse Catalog Support] Api;
        POST   stock::adjust                 Staff[Warehouse] Api;
    }
    "/staff/categories" {
        GET    categories::list              Staff[Catalog] Api;
        POST   categories::create            Staff[Catalog] Api;
    }
    "/staff/categories/new" {
        GET    categories::show_new          Staff[Catalog] Api;
    }
    "/staff/categories/{slug}/edit" {
        GET    categories::show              Staff[Catalog] Api;
        POST   categories::save              Staff[Catalog] Api;
    }
    "/staff/categories/{slug}/edit/removal" {
        POST   categories::remove            Staff[Catalog] Api;
    }
    "/staff/ledger" {
        GET    ledger::show                  Staff[Finance] Api;
    }
    "/staff/reconciliations" {
        GET    reconciliations::list         Staff[Finance] Api;
        POST   reconciliations::start        Staff[Finance] Api;
    }
    "/staff/reconciliations/{id}" {
        GET    reconciliations::show         Staff[Finance] Api;
    }
    "/staff/system" {
        GET    overview::show                Staff[Support Admin] Api;
    }
    "/staff/system/live" {
        GET    overview::live                Staff[Support Admin] Api;
    }
    "/staff/system/traces" {
        GET    traces::list                  Staff[Support Admin] Api;
    }
    "/staff/system/traces/{id}" {
        GET    traces::show                  Staff[Support Admin] Api;
    }
    "/staff/system/services/{name}" {
        GET    services::show                Staff[Admin] Api;
    }
    "/staff/customers" {
        GET    customers::list               Staff[Support Finance] Api;
    }
    "/staff/customers/{id}" {
        GET    customers::show               Staff[Support Finance] Api;
    }
    "/staff/members" {
        GET    members::list                 Staff[Admin] Api;
    }
    "/staff/members/invitation" {
        GET    members::show_invite          RecentStaff[Admin] Api;
        POST   members::invite               RecentStaff[Admin] Api;
    }
    "/staff/members/keys" {
        GET    keys::show                    RecentStaff[Admin] Api;
    }
    "/staff/members/keys/rotation" {
        POST   keys::rotate                  RecentStaff[Admin] Api;
    }
    "/staff/members/keys/revocation" {
        POST   keys::revoke                  RecentStaff[Admin] Api;
    }
    "/staff/members/{id}" {
        GET    members::show                 RecentStaff[Admin] Api;
    }
    "/staff/members/{id}/groups" {
        POST   members::change_groups        RecentStaff[Admin] Api;
    }
    "/staff/members/{id}/removal" {
        POST   members::remove               RecentStaff[Admin] Api;
    }
    "/staff/invitation" {
        GET    members::show_invitation      Optional Api;
        POST   members::accept               Optional Identity;
    }
    "/staff/audit" {
        GET    audit::list                   Staff[Finance Admin] Api;
    }
    "/staff/system/sagas" {
        GET    sagas::list                   Staff[Support Admin] Api;
    }
    "/staff/system/sagas/{id}" {
        GET    sagas::show                   Staff[Support Admin] Api;
    }
    "/staff/system/sagas/{id}/retry" {
        POST   sagas::retry                  Staff[Support Admin] Api;
    }
    "/staff/system/sagas/{id}/compensation" {
        POST   sagas::compensate             Staff[Support Admin] Api;
    }
    "/staff/system/dead-letters" {
        GET    dead_letters::list            Staff[Admin] Api;
    }
    "/staff/system/dead-letters/{service}/redrive" {
        POST   dead_letters::redrive_all     Staff[Admin] Api;
    }
    "/staff/system/dead-letters/{service}/{id}" {
        GET    dead_letters::show            RecentStaff[Admin] Api;
    }
    "/staff/system/dead-letters/{service}/{id}/redrive" {
        POST   dead_letters::redrive         Staff[Admin] Api;
    }
    "/staff/system/dead-letters/{service}/{id}/drop" {
        POST   dead_letters::drop            RecentStaff[Admin] Api;
    }
    "/staff/system/faults" {
        GET    faults::show                  Staff[Admin] Api;
    }
    "/staff/system/faults/provider" {
        POST   faults::set_provider          Staff[Admin] Api;
    }
    "/staff/system/faults/consumers/{service}" {
        POST   faults::pause_consumer        Staff[Admin] Api;
    }
}
