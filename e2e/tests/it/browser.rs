//! People who buy in a browser: headless Chromium on the pages of a running shop.
//!
//! `cargo xtask test` installs Chromium's packages where it may, and sets `MERCANTILE_TEST_CHROMEDRIVER`. Without it these
//! tests pass without a check, and xtask says so.

mod accessibility;
mod buying;
mod console;
mod driver;
mod keyboard;
mod links;
mod orders;
mod payments;
mod person;
mod screenshots;

use e2e::Shop;
use person::Person;

/// A shop with a product of which there are `on_hand` units, and a person in it; `None` without Chromium.
async fn shop_and_person(on_hand: u32) -> Option<(Shop, Person)> {
    if !driver::is_available() {
        return None;
    }
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, on_hand).await;
    let person = Person::enter(&shop).await;
    Some((shop, person))
}
