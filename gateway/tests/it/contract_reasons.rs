//! The reasons in the comments of the protos are in the table of errors and in the OpenAPI document.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use gateway::{openapi, problem::reasons, routes::TABLE};
use serde_json::Value;

/// The RPC of each operation.
const CALLS: [(&str, &str); 92] = [
    ("accounts_jwks", "GetJwks"),
    ("accounts_me", "GetMe"),
    ("accounts_register", "Register"),
    ("accounts_revoke_signing_key", "RevokeSigningKey"),
    ("accounts_rotate_signing_key", "RotateSigningKey"),
    ("accounts_update_profile", "UpdateProfile"),
    ("accounts_verify_email", "VerifyEmail"),
    ("actions_list", "ListActions"),
    ("addresses_create", "CreateAddress"),
    ("addresses_delete", "DeleteAddress"),
    ("addresses_list", "ListAddresses"),
    ("addresses_replace", "UpdateAddress"),
    ("carts_get", "GetCart"),
    ("carts_merge", "MergeCart"),
    ("carts_remove_discount", "SetDiscount"),
    ("carts_remove_item", "SetItem"),
    ("carts_set_discount", "SetDiscount"),
    ("carts_set_item", "SetItem"),
    ("categories_change", "UpdateCategory"),
    ("categories_create", "CreateCategory"),
    ("categories_delete", "DeleteCategory"),
    ("categories_list", "ListCategories"),
    ("credentials_change_password", "ChangePassword"),
    ("credentials_confirm_email_change", "ConfirmEmailChange"),
    ("credentials_request_email_change", "RequestEmailChange"),
    ("credentials_request_reset", "RequestPasswordReset"),
    (
        "credentials_request_verification",
        "RequestEmailVerification",
    ),
    ("credentials_reset", "ResetPassword"),
    ("customers_get", "GetCustomer"),
    ("customers_list", "ListCustomers"),
    ("dead_letters_drop", "DropDeadLetter"),
    ("dead_letters_get", "GetDeadLetter"),
    ("dead_letters_list", "ListDeadLetters"),
    ("dead_letters_redrive", "RedriveDeadLetter"),
    ("dead_letters_redrive_all", "RedriveAllDeadLetters"),
    ("discounts_change", "UpdateDiscount"),
    ("discounts_create", "CreateDiscount"),
    ("discounts_end", "EndDiscount"),
    ("discounts_get", "GetDiscount"),
    ("discounts_list", "ListDiscounts"),
    ("ledger_balances", "ListBalances"),
    ("ledger_of_order", "ListLedgerEntries"),
    ("order_events_follow", "GetTimeline"),
    ("order_page_get", "GetOrder"),
    ("orders_cancel", "CancelOrder"),
    ("orders_deliver", "DeliverOrder"),
    ("orders_get", "GetOrder"),
    ("orders_list", "ListOrders"),
    ("orders_place", "PlaceOrder"),
    ("orders_ship", "ShipOrder"),
    ("orders_timeline", "GetTimeline"),
    ("own_sessions_end", "EndSession"),
    ("own_sessions_end_others", "EndOtherSessions"),
    ("own_sessions_list", "ListSessions"),
    ("products_get", "GetProduct"),
    ("products_search", "SearchProducts"),
    ("reconciliations_get", "GetReconciliation"),
    ("reconciliations_list", "ListReconciliations"),
    ("reconciliations_start", "StartReconciliation"),
    ("refunds_payment", "GetPayment"),
    ("refunds_request", "RequestRefund"),
    ("returns_approve", "ApproveReturn"),
    ("returns_get", "GetReturn"),
    ("returns_list", "ListReturns"),
    ("returns_of_order", "ListOrderReturns"),
    ("returns_refuse", "RefuseReturn"),
    ("returns_request", "RequestReturn"),
    ("returns_withdraw", "WithdrawReturn"),
    ("sagas_compensate", "CompensateSaga"),
    ("sagas_get", "GetSaga"),
    ("sagas_list", "ListSagas"),
    ("sagas_retry", "RetrySaga"),
    ("second_factor_confirm", "ConfirmSecondFactor"),
    ("second_factor_enroll", "BeginSecondFactor"),
    ("second_factor_step_up", "StepUp"),
    ("sessions_refresh", "RefreshSession"),
    ("sessions_sign_in", "SignIn"),
    ("sessions_sign_out", "SignOut"),
    ("staff_members_accept", "AcceptInvitation"),
    ("staff_members_change_groups", "ChangeStaffGroups"),
    ("staff_members_invite", "InviteStaff"),
    ("staff_members_list", "ListStaff"),
    ("staff_members_remove", "RemoveStaff"),
    ("staff_products_archive", "ArchiveProduct"),
    ("staff_products_change", "UpdateProduct"),
    ("staff_products_create", "CreateProduct"),
    ("staff_products_get", "GetProductBySku"),
    ("staff_products_list", "ListProducts"),
    ("staff_products_restore", "RestoreProduct"),
    ("stock_adjust", "AdjustStock"),
    ("stock_get", "GetStock"),
    ("webhooks_stripe", "ReceiveWebhook"),
];

/// Reasons of the gateway itself.
const OWN: [&str; 6] = [
    "FORBIDDEN",
    "HEADER_INVALID",
    "IDEMPOTENCY_KEY_INVALID",
    "IDEMPOTENCY_KEY_MISSING",
    "IF_MATCH_MISSING",
    "TOO_MANY_STREAMS",
];

/// The reasons in the comment of each RPC.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut documented = BTreeMap::new();
    for proto in [
        "catalog/v1/catalog",
        "operations/v1/operations",
        "order/v1/cart",
        "order/v1/discount",
        "order/v1/order",
        "order/v1/returns",
        "payment/v1/payment",
        "user/v1/account",
        "user/v1/customer",
        "user/v1/staff",
        "user/v1/user",
    ] {
        let path = format!("shared/contracts/proto/mercantile/{proto}.proto");
        let text = fs::read_to_string(root.join(path)).unwrap();
        let mut comment = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix("//") {
                comment.push_str(words);
            } else if let Some(rpc) = line.strip_prefix("rpc ") {
                let name = rpc.split('(').next().unwrap().to_owned();
                documented.insert(name, reasons_in(&std::mem::take(&mut comment)));
            } else {
                comment.clear();
            }
        }
    }
    documented
}

fn reasons_in(comment: &str) -> BTreeSet<String> {
    let words = comment.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    let reasons = words.filter(|word| word.contains('_') && word.len() > 5);
    reasons.map(str::to_owned).collect()
}

#[test]
fn every_documented_reason_has_a_status() {
    let all: BTreeSet<String> = documented().into_values().flatten().collect();
    let known = reasons::ALL
        .iter()
        .map(|kind| kind.reason.to_owned())
        .collect();
    let missing: Vec<_> = all.difference(&known).collect();
    assert!(missing.is_empty(), "not in problem/reasons.rs: {missing:?}");
}

#[test]
fn every_operation_lists_the_reasons_of_its_rpc() {
    let document: Value = serde_json::from_str(&openapi::pretty()).unwrap();
    let documented = documented();
    let mut wrong = Vec::new();
    let is_static = |name: &str| name.starts_with("docs_");
    // The gateway finds a category in the list of all.
    let is_own = |name: &str| is_static(name) || name == "categories_get";
    for row in TABLE.iter().filter(|row| !is_own(row.name)) {
        let (_, rpc) = CALLS
            .iter()
            .find(|(name, _)| *name == row.name)
            .expect(row.name);
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        let named: BTreeSet<String> = operation["x-problems"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|reason| reason.as_str().unwrap().to_owned())
            .filter(|reason| !OWN.contains(&reason.as_str()))
            .collect();
        // Removing uses a part of its RPC, so it has fewer reasons.
        let is_complete =
            row.name.starts_with("carts_remove") || documented[*rpc].is_subset(&named);
        if !is_complete
            || named
                .difference(&documented[*rpc])
                .any(|reason| reason != "VALIDATION_FAILED")
        {
            wrong.push(format!(
                "{}: {rpc} documents {:?}, the operation lists {named:?}",
                row.name, documented[*rpc]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
