//! People who use no mouse.

use testkit::eventually;

use super::{person::Person, shop_and_person};

/// WebDriver's codes of keys (section 17.4.2).
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";
/// More than the stops of any page.
const MAX_STOPS: usize = 120;

/// Moves the focus by the tab key until it is on something with these words.
async fn tab_to(person: &Person, words: &str) {
    let describe = "const it = document.activeElement;
        const labels = Array.from(it.labels ?? []).map((label) => label.textContent);
        return [it.textContent, it.value, it.getAttribute('aria-label'), ...labels].join(' ');";
    for _ in 0..MAX_STOPS {
        person.driver().press(TAB).await;
        let text = person.driver().run(describe).await;
        let text: Vec<_> = text.as_str().unwrap().split_whitespace().collect();
        if text.join(" ").contains(words) {
            assert!(
                has_visible_focus(person).await,
                "no visible focus on `{words}`"
            );
            return;
        }
    }
    panic!("the tab key does not reach `{words}`");
}

/// Whether the element with the focus, or the label around it, differs from how it looks without.
async fn has_visible_focus(person: &Person) -> bool {
    let script = "let it = document.activeElement;
        for (; it && it !== document.body; it = it.parentElement) {
            const style = getComputedStyle(it);
            const hasOutline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
            if (hasOutline || style.boxShadow !== 'none') return true;
        }
        return false;";
    person.driver().run(script).await == true
}

async fn write(person: &Person, label: &str, text: &str) {
    tab_to(person, label).await;
    let field = person
        .driver()
        .focused()
        .await
        .expect("a field with the focus");
    person.driver().write(&field, text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_needs_only_the_keyboard() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.open("/products/lamp").await;
    tab_to(&person, "Skip to content").await;
    tab_to(&person, "Add to cart").await;
    person.driver().press(ENTER).await;
    eventually("the number in the cart", async || {
        let count = "//a[@id='cart-link']//*[contains(., '1')]";
        person.driver().find(count).await.pop()
    })
    .await;
    person.driver().reload().await;
    tab_to(&person, "Cart").await;
    person.driver().press(ENTER).await;
    person.is_at("/cart").await;
    tab_to(&person, "Check out").await;
    person.driver().press(ENTER).await;
    person.is_at("/sign-in").await;
    write(&person, "E-mail", super::person::EMAIL).await;
    write(&person, "Password", super::person::PASSWORD).await;
    person.driver().press(ENTER).await;
    person.is_at("/checkout").await;
    write(&person, "Country", "Germany").await;
    tab_to(&person, "Use this country").await;
    person.driver().press(ENTER).await;
    person.sees("Address in Germany").await;
    for (label, text) in [
        ("Full name", "Ada Lovelace"),
        ("Street and number", "Unter den Linden 1"),
        ("Postal code", "10117"),
        ("City", "Berlin"),
    ] {
        write(&person, label, text).await;
    }
    tab_to(&person, "that pays").await;
    person.driver().press(SPACE).await;
    tab_to(&person, "Order and pay").await;
    person.driver().press(ENTER).await;
    person.is_at("/orders/").await;
    person.sees("Your order is confirmed").await;
    shop.wait_for_stock("LAMP", 4, 0).await;
}
