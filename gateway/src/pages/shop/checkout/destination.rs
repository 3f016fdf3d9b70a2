use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    edge::problem::Problem,
    model::{Address, PostalAddress},
    pages::{address::AddressForm, field_errors::FieldErrors, form::Form, visitor::Visitor},
    rest::request::Query,
};

/// Names of the address in the API, of its fields in the form, and their labels.
const FIELDS: [(&str, &str, &str); 8] = [
    ("shipping_address.recipient", "recipient", "Full name"),
    ("shipping_address.line1", "line1", "Street and number"),
    (
        "shipping_address.line2",
        "line2",
        "Apartment, floor, company",
    ),
    ("shipping_address.postal_code", "postal_code", "Postal code"),
    ("shipping_address.city", "city", "City"),
    ("shipping_address.region", "region", "State or province"),
    ("shipping_address.country", "country", "Country"),
    ("payment_method", "payment_method", "Payment method"),
];

/// Which address the visitor asks for, in the query of the page and in its forms.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// A saved address, or `new`.
    to: String,
    /// The country of a new address.
    country: String,
}

impl Wanted {
    pub(super) fn of_query(query: &mut Query) -> Self {
        Self {
            to: query.text("to").unwrap_or_default(),
            country: query.text("country").unwrap_or_default(),
        }
    }

    pub(super) fn of_form(form: &Form) -> Self {
        Self {
            to: form.text("to"),
            country: form.text("country"),
        }
    }

    /// The page for it.
    pub(super) fn path(&self) -> String {
        let pairs = [("to", &self.to), ("country", &self.country)];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        match query.finish() {
            query if query.is_empty() => "/checkout".to_owned(),
            query => format!("/checkout?{query}"),
        }
    }
}

/// Where the order goes.
pub(super) enum Destination {
    /// To an address of the address book.
    Saved {
        address: Address,
        others: Vec<Address>,
    },
    /// To an address that is typed here. No form if its country is none.
    New {
        form: Option<AddressForm>,
        others: Vec<Address>,
        /// Whether the address book could be read.
        knows_others: bool,
    },
}

impl Destination {
    /// The address that the visitor asks for, else the first of the address book, else a new one.
    pub(super) async fn choose(visitor: &Visitor, wanted: &Wanted) -> Self {
        let (saved, knows_others) = match visitor.upstreams().user().addresses().await {
            Ok(book) => (book.addresses, true),
            // An address can be typed.
            Err(problem) => {
                let reason = problem.kind().reason;
                tracing::debug!(reason, "cannot read the addresses at a checkout");
                (Vec::new(), false)
            }
        };
        if let Some(found) = chosen(&saved, wanted) {
            return Self::saved(saved, found);
        }
        let offered = visitor.config().destinations();
        let country = offered
            .clone()
            .find(|code| *code == wanted.country)
            .or_else(|| offered.clone().next());
        Self::New {
            form: country.and_then(AddressForm::empty),
            others: saved,
            knows_others,
        }
    }

    /// The same, with the new address that the form of a discount code was sent with.
    pub(super) async fn of_discount_form(visitor: &Visitor, form: &Form) -> Self {
        let mut chosen = Self::choose(visitor, &Wanted::of_form(form)).await;
        if let Self::New { form: shown, .. } = &mut chosen
            && super::includes_order_form(form)
        {
            *shown = AddressForm::read(form).or(shown.take());
        }
        chosen
    }

    /// The address that a form was sent with.
    ///
    /// # Errors
    /// The address book cannot be read.
    pub(super) async fn of_form(visitor: &Visitor, form: &Form) -> Result<Self, Problem> {
        let id: Option<Uuid> = form.text("to").parse().ok();
        let Some(id) = id else {
            return Ok(Self::New {
                form: AddressForm::read(form),
                others: Vec::new(),
                knows_others: true,
            });
        };
        let saved = visitor.upstreams().user().addresses().await?.addresses;
        Ok(match saved.iter().position(|address| address.id == id) {
            Some(found) => Self::saved(saved, found),
            // It was removed in the meantime.
            None => Self::New {
                form: visitor
                    .config()
                    .destinations()
                    .next()
                    .and_then(AddressForm::empty),
                others: saved,
                knows_others: true,
            },
        })
    }

    fn saved(mut saved: Vec<Address>, found: usize) -> Self {
        let address = saved.remove(found);
        Self::Saved {
            address,
            others: saved,
        }
    }

    /// The address as it goes to `order`.
    pub(super) fn postal(&self) -> Option<PostalAddress> {
        match self {
            Self::Saved { address, .. } => Some(address.postal.clone()),
            Self::New { form, .. } => form.as_ref().map(|form| form.postal.clone()),
        }
    }

    /// The country, as an ISO 3166-1 alpha-2 code.
    pub(super) fn country(&self) -> Option<String> {
        self.postal().map(|postal| postal.country)
    }

    /// Other addresses of the address book.
    pub(super) fn others(&self) -> &[Address] {
        match self {
            Self::Saved { others, .. } | Self::New { others, .. } => others,
        }
    }

    /// The value of the field `to`.
    pub(super) fn to(&self) -> String {
        match self {
            Self::Saved { address, .. } => address.id.to_string(),
            Self::New { .. } => "new".to_owned(),
        }
    }
}

/// The index of the wanted address.
fn chosen(saved: &[Address], wanted: &Wanted) -> Option<usize> {
    if wanted.to == "new" {
        return None;
    }
    let id: Option<Uuid> = wanted.to.parse().ok();
    let found = saved.iter().position(|address| Some(address.id) == id);
    found.or_else(|| (!saved.is_empty()).then_some(0))
}

/// The violations of a problem, at the fields of the form.
pub(super) fn errors(problem: Problem) -> FieldErrors {
    let renamed = FIELDS.iter().fold(problem, |problem, (api, field, _)| {
        problem.rename(api, field)
    });
    let labels = FIELDS.map(|(_, field, label)| (field, label));
    FieldErrors::of(&renamed, &labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_names_the_address() {
        let wanted = |to: &str, country: &str| Wanted {
            to: to.to_owned(),
            country: country.to_owned(),
        };
        assert_eq!(wanted("", "").path(), "/checkout");
        assert_eq!(wanted("new", "US").path(), "/checkout?to=new&country=US");
        assert_eq!(wanted("&x", "").path(), "/checkout?to=%26x");
    }
}
