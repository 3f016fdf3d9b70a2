//! What people do on a page: read, click, type. They know the words on it, not its markup.

use std::time::Duration;

use e2e::{PASSWORD as STAFF_PASSWORD, Shop};
use testkit::eventually;
use tokio::time::{sleep, timeout};

use super::driver::{Driver, Element, Scripts};

/// The demo customer.
pub(super) const EMAIL: &str = "ada@example.com";
pub(super) const PASSWORD: &str = "correct-horse-battery";

/// How long a page may take, on a busy machine with other browsers.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// A person in the shop, with a browser of their own.
pub(super) struct Person {
    driver: Driver,
    shop: String,
}

impl Person {
    /// A person who opens the shop.
    pub(super) async fn enter(shop: &Shop) -> Self {
        Self::enter_with(shop, Scripts::On).await
    }

    /// The same, with or without JavaScript.
    pub(super) async fn enter_with(shop: &Shop, scripts: Scripts) -> Self {
        let person = Self {
            driver: Driver::start(scripts).await,
            shop: shop.url(),
        };
        person.open("/").await;
        person
    }

    /// A new member of staff in these groups, signed in to the console with both factors.
    pub(super) async fn enter_as_staff(shop: &Shop, groups: &str) -> Self {
        let (member, secret) = shop.member_of(groups).await;
        let email = member.get("/me").await["email"].clone();
        let person = Self {
            driver: Driver::start(Scripts::On).await,
            shop: shop.url(),
        };
        person.open("/staff").await;
        person.fill("E-mail", email.as_str().unwrap()).await;
        person.fill("Password", STAFF_PASSWORD).await;
        person.click("Continue").await;
        person.is_at("/staff/second-factor").await;
        person.fill("Code", &client::next_code(&secret)).await;
        person.click("Continue").await;
        person.sees("Sign out").await;
        person
    }

    /// The browser.
    pub(super) fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Opens a page of the shop.
    pub(super) async fn open(&self, path: &str) {
        self.driver.open(&format!("{}{path}", self.shop)).await;
    }

    /// The path of the page, without parameters.
    pub(super) async fn path(&self) -> String {
        let url = self.driver.url().await;
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let path = path.split(['?', '#']).next().unwrap();
        format!("/{path}")
    }

    /// Waits until a page is open.
    pub(super) async fn is_at(&self, start: &str) {
        eventually(&format!("the page {start}"), async || {
            self.path().await.starts_with(start).then_some(())
        })
        .await;
    }

    /// Waits until the page says something.
    pub(super) async fn sees(&self, text: &str) {
        let seen = async {
            while !self.read().await.contains(text) {
                sleep(PAUSE).await;
            }
        };
        if timeout(PATIENCE, seen).await.is_err() {
            let (path, page) = (self.path().await, self.read().await);
            panic!("{path} does not say `{text}` after {PATIENCE:?}, but: {page}");
        }
    }

    /// All that the page says. Style sheets may show it in capitals.
    pub(super) async fn read(&self) -> String {
        let body = self.driver.find("//body").await;
        let Some(body) = body.first() else {
            return String::new();
        };
        self.driver.text(body).await.unwrap_or_default()
    }

    /// Clicks on the first link, button, option or summary with these words, in the contents of the page.
    pub(super) async fn click(&self, words: &str) {
        let with_words = format!("contains(normalize-space(.), '{words}')");
        let kinds = ["a", "button", "label", "summary"];
        let paths = kinds.map(|kind| format!("//main//{kind}[{with_words}]"));
        self.click_on(&paths.join(" | "), words).await;
    }

    /// Clicks on the first visible element of an XPath.
    pub(super) async fn click_on(&self, xpath: &str, what: &str) {
        eventually(&format!("`{what}` to click on"), async || {
            let element = self.visible(xpath).await?;
            self.driver.click(&element).await.then_some(())
        })
        .await;
    }

    async fn visible(&self, xpath: &str) -> Option<Element> {
        for element in self.driver.find(xpath).await {
            if self.driver.is_visible(&element).await {
                return Some(element);
            }
        }
        None
    }

    /// Types into the field with this label.
    pub(super) async fn fill(&self, label: &str, text: &str) {
        let by_label = format!("//main//label[contains(normalize-space(.), '{label}')]/@for");
        let xpath = format!("//main//*[self::input or self::textarea][@id={by_label}]");
        let field = eventually(&format!("the field `{label}`"), async || {
            self.visible(&xpath).await
        })
        .await;
        self.driver.clear(&field).await;
        self.driver.write(&field, text).await;
    }

    /// Chooses an option of the list with this label.
    pub(super) async fn choose(&self, label: &str, option: &str) {
        let by_label = format!("//main//label[contains(normalize-space(.), '{label}')]/@for");
        let xpath = format!("//main//select[@id={by_label}]/option[normalize-space(.)='{option}']");
        self.click_on(&xpath, option).await;
    }

    /// Puts units of the product into the cart, and opens the cart.
    pub(super) async fn add_to_cart(&self, units: u32) {
        self.add("lamp", units).await;
        self.sees("Product LAMP").await;
    }

    /// Puts units of any product into the empty cart, and opens the cart.
    pub(super) async fn add(&self, slug: &str, units: u32) {
        self.open(&format!("/products/{slug}")).await;
        if units != 1 {
            self.fill("Quantity", &units.to_string()).await;
        }
        self.click("Add to cart").await;
        // With scripts, the page stays.
        let count = format!("//a[@id='cart-link']//*[contains(., '{units}')]");
        eventually("the number in the cart", async || {
            self.driver.find(&count).await.pop()
        })
        .await;
        self.open("/cart").await;
    }

    /// Signs in on the page that asks for it.
    pub(super) async fn sign_in(&self) {
        self.is_at("/sign-in").await;
        self.fill("E-mail", EMAIL).await;
        self.fill("Password", PASSWORD).await;
        self.click_on("//main//form//button[@type='submit']", "Sign in")
            .await;
    }

    /// Goes from the cart to the checkout, signs in on the way, and types an address.
    pub(super) async fn go_to_checkout(&self) {
        self.click("Check out").await;
        self.sign_in().await;
        self.is_at("/checkout").await;
        self.type_address().await;
    }

    /// Types an address in Germany.
    pub(super) async fn type_address(&self) {
        self.choose("Country", "Germany").await;
        self.click("Use this country").await;
        self.sees("Address in Germany").await;
        for (label, text) in [
            ("Full name", "Ada Lovelace"),
            ("Street and number", "Unter den Linden 1"),
            ("Postal code", "10117"),
            ("City", "Berlin"),
        ] {
            self.fill(label, text).await;
        }
    }

    /// Buys units of the product with a card that pays, and waits on the order's page until it is confirmed.
    pub(super) async fn buy(&self, units: u32) {
        self.add_to_cart(units).await;
        self.go_to_checkout().await;
        self.pay_with("Visa that pays").await;
        self.sees("Your order is confirmed").await;
    }

    /// Orders with a test card, by its words on the page.
    pub(super) async fn pay_with(&self, card: &str) {
        let option = format!("//main//label[contains(normalize-space(.), '{card}')]");
        self.click_on(&option, card).await;
        self.click("Order and pay").await;
    }
}
