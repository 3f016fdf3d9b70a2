//! The customer's address book.

use askama::Template;
use futures_util::future::join;
use kernel::AddressId;
use uuid::Uuid;

use super::is_correctable;
use crate::{
    edge::problem::{Problem, reasons},
    model::{Address, NewAddress},
    pages::{
        Answer,
        address::{self, AddressForm, CountryChoice},
        field_errors::FieldErrors,
        form::Form,
        invalid,
        layout::Layout,
        notice, page, see_other,
        visitor::Visitor,
    },
    rest::request::{Query, Segment},
};

const BOOK: &str = "/account/addresses";
/// Names of the fields in the API, of those of the form, and their labels.
const FIELDS: [(&str, &str, &str); 8] = [
    ("label", "label", "Name of the address"),
    ("postal.recipient", "recipient", "Full name"),
    ("postal.line1", "line1", "Street and number"),
    ("postal.line2", "line2", "Apartment, floor, company"),
    ("postal.postal_code", "postal_code", "Postal code"),
    ("postal.city", "city", "City"),
    ("postal.region", "region", "State or province"),
    ("postal.country", "country", "Country"),
];

#[derive(Template)]
#[template(path = "shop/account/addresses.html")]
struct AddressesPage {
    layout: Layout,
    addresses: Vec<Address>,
}

#[derive(Template)]
#[template(path = "shop/account/address.html")]
struct AddressPage {
    layout: Layout,
    errors: FieldErrors,
    /// Where the form is sent to.
    action: String,
    /// The page itself, for the form that chooses the country.
    own_path: String,
    is_new: bool,
    /// What the customer calls the address.
    title: String,
    address: AddressForm,
    countries: Vec<CountryChoice>,
    key: String,
}

/// The addresses, oldest first.
pub(crate) async fn list(visitor: Visitor) -> Answer {
    let book = visitor.upstreams().user().addresses();
    let (layout, book) = join(visitor.layout(), book).await;
    page(&AddressesPage {
        layout: layout?,
        addresses: book?.addresses,
    })
}

/// The form for a new address, with the fields of a country.
pub(crate) async fn show_new(visitor: Visitor, mut query: Query) -> Answer {
    let offered = visitor.config().destinations().next();
    let country = query.text("country");
    let form = country.and_then(|country| AddressForm::empty(&country));
    let form = form
        .or_else(|| offered.and_then(AddressForm::empty))
        .ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    page(&shown(&visitor, None, String::new(), form, FieldErrors::default()).await?)
}

/// Adds an address.
pub(crate) async fn add(visitor: Visitor, form: Form) -> Answer {
    let (label, typed) = read(&form)?;
    let new = NewAddress {
        label: label.clone(),
        postal: typed.postal.clone(),
    };
    let user = visitor.upstreams().user();
    match user.create_address(form.text("key"), new).await {
        Ok(_) => see_other(&notice::path(BOOK, "address-saved")),
        Err(problem) if is_correctable(&problem) => {
            invalid(&shown(&visitor, None, label, typed, explained(problem)).await?)
        }
        Err(problem) => Err(problem),
    }
}

/// The form for an address of the book, with the fields of another country if the query names one.
pub(crate) async fn show(
    visitor: Visitor,
    Segment(id): Segment<AddressId>,
    mut query: Query,
) -> Answer {
    let book = visitor.upstreams().user().addresses().await?;
    let mut addresses = book.addresses.into_iter();
    let known = addresses.find(|address| address.id.to_string() == id.to_string());
    let known = known.ok_or_else(|| Problem::new(&reasons::ADDRESS_NOT_FOUND))?;
    let mut postal = known.postal;
    if let Some(country) = query.text("country") {
        postal.country = country;
    }
    let form = AddressForm::of(postal).ok_or_else(|| Problem::new(&reasons::ADDRESS_NOT_FOUND))?;
    page(
        &shown(
            &visitor,
            Some(id),
            known.label,
            form,
            FieldErrors::default(),
        )
        .await?,
    )
}

/// Replaces an address.
pub(crate) async fn replace(
    visitor: Visitor,
    Segment(id): Segment<AddressId>,
    form: Form,
) -> Answer {
    let (label, typed) = read(&form)?;
    let new = NewAddress {
        label: label.clone(),
        postal: typed.postal.clone(),
    };
    match visitor.upstreams().user().replace_address(id, new).await {
        Ok(_) => see_other(&notice::path(BOOK, "address-saved")),
        Err(problem) if is_correctable(&problem) => {
            invalid(&shown(&visitor, Some(id), label, typed, explained(problem)).await?)
        }
        Err(problem) => Err(problem),
    }
}

/// Removes an address.
pub(crate) async fn remove(visitor: Visitor, Segment(id): Segment<AddressId>, _: Form) -> Answer {
    match visitor.upstreams().user().delete_address(id).await {
        // It was removed in the meantime.
        Err(problem) if problem.kind() != &reasons::ADDRESS_NOT_FOUND => Err(problem),
        _ => see_other(&notice::path(BOOK, "address-removed")),
    }
}

fn read(form: &Form) -> Result<(String, AddressForm), Problem> {
    let typed = AddressForm::read(form);
    // The form itself names a country.
    let typed = typed.ok_or_else(|| Problem::new(&reasons::VALIDATION_FAILED))?;
    Ok((form.text("label"), typed))
}

fn explained(problem: Problem) -> FieldErrors {
    if problem.kind() == &reasons::ADDRESS_LIMIT_REACHED {
        return FieldErrors::one("", "Your address book is full. Remove an address first.");
    }
    let renamed = FIELDS.iter().fold(problem, |problem, (api, field, _)| {
        problem.rename(api, field)
    });
    FieldErrors::of(&renamed, &FIELDS.map(|(_, field, label)| (field, label)))
}

async fn shown(
    visitor: &Visitor,
    id: Option<AddressId>,
    label: String,
    address: AddressForm,
    errors: FieldErrors,
) -> Result<AddressPage, Problem> {
    let mut layout = visitor.layout().await?;
    BOOK.clone_into(&mut layout.path);
    let (action, own_path) = match &id {
        Some(id) => (format!("{BOOK}/{id}"), format!("{BOOK}/{id}")),
        None => (BOOK.to_owned(), format!("{BOOK}/new")),
    };
    let mut offered: Vec<_> = visitor.config().destinations().collect();
    if !offered.contains(&address.postal.country.as_str()) {
        offered.push(&address.postal.country);
    }
    let countries = address::countries(&offered);
    Ok(AddressPage {
        layout,
        errors,
        is_new: id.is_none(),
        action,
        own_path,
        title: label,
        countries,
        // A form that is sent twice adds one address.
        key: Uuid::now_v7().to_string(),
        address,
    })
}
