//! Pages and their states, checked by axe-core. `cargo xtask test` gets it from npm where it may, and sets
//! `MERCANTILE_TEST_AXE`; without it, this test passes without a check, and xtask says so.

use e2e::Shop;
use serde_json::{Value, json};

use super::{person::Person, shop_and_person};
use crate::operators::Stuck;

/// Where `axe.min.js` is.
const VARIABLE: &str = "MERCANTILE_TEST_AXE";

/// A person on pages that are checked.
struct Checked<'a> {
    person: &'a Person,
    axe: String,
    violations: Vec<String>,
}

impl<'a> Checked<'a> {
    /// `None` without axe-core.
    fn new(person: &'a Person) -> Option<Self> {
        let axe = std::env::var_os(VARIABLE)?;
        Some(Self {
            person,
            axe: std::fs::read_to_string(axe).expect("axe.min.js"),
            violations: Vec::new(),
        })
    }

    async fn page(&mut self, path: &str) {
        self.person.open(path).await;
        self.now(path).await;
    }

    /// Checks the page as it is now.
    async fn now(&mut self, state: &str) {
        // A script of WebDriver is no script of the page, so the page's policy does not matter.
        self.person.driver().run(&self.axe).await;
        let script = "const done = arguments[arguments.length - 1];
            axe.run().then((result) => done(result.violations.map((violation) => ({
                id: violation.id, help: violation.help,
                nodes: violation.nodes.map((node) => node.html).slice(0, 3),
            })))).catch((error) => done([{id: String(error)}]));";
        let violations = self.person.driver().run_async(script).await;
        let violations = violations.as_array().expect("violations").iter();
        let texts = violations.map(|violation: &Value| format!("{state}: {violation}"));
        self.violations.extend(texts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_violates_a_rule_of_axe() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    let Some(mut checked) = Checked::new(&person) else {
        return;
    };
    shop.demo_catalog().await;
    for path in [
        "/",
        "/categories/kitchen",
        "/search?q=kettle",
        "/search?q=ketle",
        "/search?q=xyzzyxyzzy",
        "/products/lamp",
        "/cart",
        "/sign-in",
        "/register",
        "/forgot-password",
        "/legal/imprint",
        "/legal/privacy",
        "/legal/terms",
        "/nothing",
        "/products/nothing",
    ] {
        checked.page(path).await;
    }
    person.open("/register").await;
    person.fill("Name", "Grace").await;
    person.fill("E-mail", "grace@example.com").await;
    person.fill("Password", "short").await;
    person
        .click_on("//main//form//button[@type='submit']", "Create account")
        .await;
    person.sees("Please check the form").await;
    checked.now("a form with errors").await;
    person.add_to_cart(1).await;
    checked.now("a cart with a line").await;
    person.go_to_checkout().await;
    checked.now("a checkout").await;
    person.pay_with("Visa that pays").await;
    person.sees("Your order is confirmed").await;
    checked.now("a confirmed order").await;
    for path in [
        "/orders",
        "/account",
        "/account/addresses",
        "/account/addresses/new",
        "/account/sessions",
        "/account/password",
        "/account/email",
    ] {
        checked.page(path).await;
    }
    let violations = checked.violations;
    assert!(violations.is_empty(), "{violations:#?}");
}

/// A delivered order of which a unit comes back; the ids of order and return.
async fn returned(shop: &Shop) -> (String, String) {
    let mut customer = shop.customer().await;
    let order = customer.buy("DESK", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    let path = format!("/staff/orders/{order}/delivery");
    staff.post(&path, json!({})).await.ok();
    let returned = customer.request_return(&order, "DESK", 1, "one").await.ok();
    (order, returned["id"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_console_violates_a_rule_of_axe() {
    if !super::driver::is_available() {
        return;
    }
    // With a dead letter, and a saga that waits for it.
    let stuck = Stuck::open().await;
    let (shop, waiting) = (&stuck.shop, &stuck.order);
    let groups = "support,warehouse,catalog,finance,admin";
    let member = Person::enter_as_staff(shop, groups).await;
    let Some(mut checked) = Checked::new(&member) else {
        return;
    };
    // Its payment cannot be found: the page says what is missing.
    checked.page(&format!("/staff/orders/{waiting}")).await;
    checked
        .page(&format!("/staff/system/sagas/{waiting}"))
        .await;
    checked.page("/staff/system/dead-letters").await;
    member.click("payment.capture.v1").await;
    member.sees("What happened").await;
    checked.now("a dead letter").await;
    stuck.repair().await;

    let (order, returned) = returned(shop).await;
    for path in [
        "/staff/orders",
        &format!("/staff/orders/{order}"),
        &format!("/staff/orders/{order}/refund"),
        "/staff/returns",
        &format!("/staff/returns/{returned}"),
        "/staff/customers",
        "/staff/discounts",
        "/staff/discounts/new",
        "/staff/products",
        "/staff/products/new",
        "/staff/products/DESK",
        "/staff/products/DESK/stock",
        "/staff/categories",
        "/staff/categories/new",
        "/staff/ledger",
        "/staff/reconciliations",
        "/staff/members",
        "/staff/members/invitation",
        "/staff/members/keys",
        "/staff/audit",
        "/staff/system",
        "/staff/system/sagas",
        "/staff/system/traces",
        "/staff/system/services/order",
        "/staff/system/faults",
        "/staff/nothing",
    ] {
        checked.page(path).await;
    }
    member.driver().prefer_dark().await;
    for path in [&format!("/staff/orders/{order}"), "/staff/system"] {
        checked.page(path).await;
    }
    let violations = checked.violations;
    assert!(violations.is_empty(), "{violations:#?}");
}
