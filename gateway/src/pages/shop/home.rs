use std::collections::BTreeMap;

use askama::Template;
use futures_util::future::{join_all, join3};

use super::cards::Card;
use crate::{
    model::{Category, PageRequest, ProductSearch, Sort},
    pages::{Answer, filters, layout::Layout, page, visitor::Visitor},
};

/// Products of a collection.
const SHOWN: u32 = 4;
/// Categories with a collection of their own.
const COLLECTIONS: usize = 3;

#[derive(Template)]
#[template(path = "shop/home.html")]
struct HomePage {
    layout: Layout,
    newest: Vec<Card>,
    collections: Vec<Collection>,
}

/// Some products of a category.
struct Collection {
    category: Category,
    cards: Vec<Card>,
}

/// The home page: new products, and some of the first categories. What cannot be read is left out.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let collections = async {
        let categories = visitor.categories().await.into_iter().take(COLLECTIONS);
        let collections = categories.map(async |category| {
            let slug = Some(category.slug.clone());
            let cards = some(&visitor, slug, None).await;
            Collection { category, cards }
        });
        join_all(collections).await
    };
    let newest = some(&visitor, None, Some(Sort::Newest));
    let (layout, newest, mut collections) = join3(visitor.layout(), newest, collections).await;
    collections.retain(|collection| !collection.cards.is_empty());
    page(&HomePage {
        layout: layout?,
        newest,
        collections,
    })
}

/// Some available products; none if they cannot be read.
async fn some(visitor: &Visitor, category: Option<String>, sort: Option<Sort>) -> Vec<Card> {
    let search = ProductSearch {
        query: None,
        category,
        currency: None,
        min_price: None,
        max_price: None,
        in_stock: true,
        attributes: BTreeMap::new(),
        sort,
        facets: false,
        page: PageRequest {
            size: SHOWN,
            token: None,
        },
    };
    let found = visitor.upstreams().catalog().search(search).await;
    let products = found.map_or_else(|_logged| Vec::new(), |found| found.products);
    products.into_iter().map(Card::from).collect()
}
