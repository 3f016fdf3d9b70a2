use crate::Country;
use crate::text::without_accents;

const COUNTRIES: &str = include_str!("countries.txt");
const REGIONS: &str = include_str!("regions.txt");

/// What an address of a country needs: a line of `countries.txt`.
pub(super) struct Rule {
    country: Country,
    required: &'static str,
    shapes: &'static str,
    example: &'static str,
}

/// Why a postal code is not one of its country.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PostalCodeError {
    #[error("is required for {0}, such as {example}", example = .1.replace('_', " "))]
    Missing(Country, &'static str),
    #[error("must be empty: {0} has no postal codes")]
    None(Country),
    #[error("must be a postal code of {0}, such as {example}", example = .1.replace('_', " "))]
    Shape(Country, &'static str),
}

impl Rule {
    /// Every country has a rule; a test checks it.
    pub(super) fn of(country: Country) -> Option<Self> {
        COUNTRIES.lines().find_map(|line| {
            let mut columns = line.strip_prefix(country.code())?.split_ascii_whitespace();
            Some(Self {
                country,
                required: columns.next()?,
                shapes: columns.next()?,
                example: columns.next()?,
            })
        })
    }

    pub(super) fn requires_city(&self) -> bool {
        self.required.contains('C')
    }

    pub(super) fn requires_region(&self) -> bool {
        self.required.contains('S')
    }

    pub(super) fn requires_postal_code(&self) -> bool {
        self.required.contains('Z')
    }

    pub(super) fn has_postal_codes(&self) -> bool {
        self.shapes != "none"
    }

    /// Code and name of each state or province on the list; none where the country has no list.
    pub(super) fn regions(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let country = self.country.code();
        REGIONS
            .lines()
            .filter_map(move |line| line.strip_prefix(country)?.strip_prefix(' '))
            .filter_map(|line| line.split_once(' '))
    }

    /// The code of a state or province, which may be written as its name. None if the country has a list and this is
    /// not in it; the text itself if the country has no list.
    pub(super) fn region(&self, text: &str) -> Option<String> {
        let mut regions = self.regions().peekable();
        if text.is_empty() || regions.peek().is_none() {
            return Some(text.to_owned());
        }
        let text = without_accents(text);
        let mut found = regions
            .filter(|(code, name)| without_accents(code) == text || without_accents(name) == text);
        found.next().map(|(code, _)| code.to_owned())
    }

    /// Checks a code in upper case. Spaces and dashes may be left out or added.
    pub(super) fn check_postal_code(&self, code: &str) -> Result<(), PostalCodeError> {
        if code.is_empty() {
            return if self.requires_postal_code() {
                Err(PostalCodeError::Missing(self.country, self.example))
            } else {
                Ok(())
            };
        }
        let compact: String = code.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        match self.shapes {
            "none" => Err(PostalCodeError::None(self.country)),
            "any" => Ok(()),
            shapes if shapes.split('|').any(|shape| fits(shape, &compact)) => Ok(()),
            _ => Err(PostalCodeError::Shape(self.country, self.example)),
        }
    }

    pub(super) fn example(&self) -> String {
        self.example.replace('_', " ")
    }
}

fn fits(shape: &str, code: &str) -> bool {
    shape.len() == code.len()
        && shape
            .bytes()
            .zip(code.bytes())
            .all(|(shape, c)| match shape {
                b'#' => c.is_ascii_digit(),
                b'@' => c.is_ascii_uppercase(),
                b'*' => c.is_ascii_digit() || c.is_ascii_uppercase(),
                literal => c == literal,
            })
}
