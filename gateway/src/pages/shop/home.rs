use askama::Template;
use futures_util::future::{join_all, join3};

use super::cards::Card;
use crate::{
    model::{Category, PageRequest, ProductSearch, Sort},
    pages::{Answer, art, layout::Layout, page, visitor::Visitor},
};

/// Products of a collection: one row on a wide screen.
const SHOWN: u32 = 4;
/// Categories with a collection of their own.
const COLLECTIONS: usize = 2;

#[derive(Template)]
#[template(path = "shop/home.html")]
struct HomePage {
    layout: Layout,
    hero: String,
    newest: Vec<Card>,
    collections: Vec<Collection>,
}

/// Some products of a category.
struct Collection {
    category: Category,
    cards: Vec<Card>,
}

impl HomePage {
    fn cover(&self, category: &Category) -> String {
        art::path(&category.slug, art::cover(&category.slug))
    }
}

/// The home page: new products, some of the first categories, and all departments. What cannot be read is left out.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let collections = Box::pin(async {
        let categories = visitor.categories().await.into_iter().take(COLLECTIONS);
        let collections = categories.map(async |category| {
            let slug = Some(category.slug.clone());
            let cards = some(&visitor, slug, None).await;
            Collection { category, cards }
        });
        join_all(collections).await
    });
    let newest = some(&visitor, None, Some(Sort::Newest));
    let (layout, newest, mut collections) = join3(visitor.layout(), newest, collections).await;
    collections.retain(|collection| !collection.cards.is_empty());
    page(&HomePage {
        layout: layout?,
        hero: art::path("shop", "SHOP-HERO"),
        newest,
        collections,
    })
}

/// Some available products; none if they cannot be read.
async fn some(visitor: &Visitor, category: Option<String>, sort: Option<Sort>) -> Vec<Card> {
    let search = ProductSearch {
        category,
        in_stock: true,
        sort,
        page: PageRequest {
            size: SHOWN,
            ..PageRequest::default()
        },
        ..ProductSearch::default()
    };
    let found = visitor.upstreams().catalog().search(search).await;
    let products = found.map_or_else(|_logged| Vec::new(), |found| found.products);
    products.into_iter().map(Card::from).collect()
}
