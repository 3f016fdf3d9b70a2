use kernel::{Sku, Violations};
use tonic::Status;

use super::invalid;

const SKUS_MAX: usize = 100;

pub(super) fn sku(text: &str) -> Result<Sku, Status> {
    text.parse()
        .map_err(|error| invalid(Violations::one("sku", error)))
}

pub(super) fn skus(texts: &[String]) -> Result<Vec<Sku>, Violations> {
    let mut violations = Violations::new();
    violations.check(
        (1..=SKUS_MAX).contains(&texts.len()),
        "skus",
        "must be 1 to 100",
    );
    let skus = texts
        .iter()
        .take(SKUS_MAX)
        .enumerate()
        .filter_map(|(index, text)| violations.take(&format!("skus[{index}]"), text.parse()))
        .collect();
    violations.or(skus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_malformed_sku_of_a_batch_is_named() {
        let texts = ["A".to_owned(), "b".to_owned(), String::new()];
        let fields = |result: Result<Vec<Sku>, Violations>| -> Vec<String> {
            let violations = result.err().unwrap_or_default();
            violations.into_vec().into_iter().map(|v| v.field).collect()
        };
        assert_eq!(fields(skus(&texts)), ["skus[1]", "skus[2]"]);
        assert_eq!(fields(skus(&[])), ["skus"]);
        assert_eq!(fields(skus(&vec!["A".to_owned(); 101])), ["skus"]);
    }
}
