use std::fmt;
use std::str::FromStr;

/// All officially assigned codes of ISO 3166-1 alpha-2, sorted.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN \
    BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO \
    DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY \
    HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB \
    LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA \
    SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT \
    TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A line each: the code and the English name.
const NAMES: &str = include_str!("country/names.txt");

/// The text is not a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 3166-1 alpha-2 country code in upper case, such as DE")]
pub struct CountryError;

/// A country, by its ISO 3166-1 alpha-2 code: `DE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

impl Country {
    /// Every country, by its code.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.split_ascii_whitespace().map(Self)
    }

    /// The code, two upper-case letters.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// The English name: `Germany`.
    pub fn name(self) -> &'static str {
        let mut lines = NAMES.lines().filter_map(|line| line.split_once(' '));
        lines
            .find(|(code, _)| *code == self.0)
            .map_or(self.0, |(_, name)| name)
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        Self::all()
            .find(|country| country.code() == text)
            .ok_or(CountryError)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_249_countries_in_order() {
        let codes: Vec<_> = CODES.split_ascii_whitespace().collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted());
    }

    #[test]
    fn every_country_has_a_name() {
        for country in Country::all() {
            assert!(country.name().len() > 3, "{country}");
        }
        assert_eq!("DE".parse().map(Country::name), Ok("Germany"));
    }

    #[test]
    fn only_assigned_upper_case_codes_are_countries() {
        assert_eq!("DE".parse().map(Country::code), Ok("DE"));
        for text in ["de", "XX", "UK", "DEU", "D", "", "DE AT", " DE"] {
            assert_eq!(text.parse::<Country>(), Err(CountryError), "{text}");
        }
    }
}
