//! Pages and their states, checked by axe-core. `cargo xtask test` gets it from npm where it may, and sets
//! `MERCANTILE_TEST_AXE`; without it, this test passes without a check, and xtask says so.

use serde_json::Value;

use super::{person::Person, shop_and_person};

/// Where `axe.min.js` is.
const VARIABLE: &str = "MERCANTILE_TEST_AXE";

/// A person on pages that are checked.
struct Checked<'a> {
    person: &'a Person,
    axe: String,
    violations: Vec<String>,
}

impl Checked<'_> {
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
    let Some(axe) = std::env::var_os(VARIABLE) else {
        return;
    };
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    shop.demo_catalog().await;
    let axe = std::fs::read_to_string(axe).expect("axe.min.js");
    let mut checked = Checked {
        person: &person,
        axe,
        violations: Vec::new(),
    };
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
