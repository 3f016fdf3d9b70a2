use std::fs;
use std::path::Path;

use testkit::Authority;

use super::*;
use crate::certificates;

fn first(path: &Path) -> Vec<u8> {
    certificates(path).unwrap()[0].to_vec()
}

fn reloaded(path: &Path) -> Reloaded<Vec<u8>> {
    let read = path.to_owned();
    Reloaded::new([path.to_owned()], move || {
        Ok(certificates(&read)?[0].to_vec())
    })
    .unwrap()
}

#[test]
fn a_renewed_certificate_is_used() {
    let authority = Authority::new();
    let issued = authority.issue(&["localhost"]);
    let reloaded = reloaded(&issued.cert_path);
    let before = reloaded.current();
    assert_eq!(*before, first(&issued.cert_path));
    assert!(Arc::ptr_eq(&before, &reloaded.current()), "read again");

    authority.renew(&issued, &["localhost"]);
    let after = reloaded.current();
    assert_eq!(*after, first(&issued.cert_path));
    assert_ne!(after, before);
}

#[test]
fn a_file_that_cannot_be_used_leaves_the_previous_certificate() {
    let authority = Authority::new();
    let issued = authority.issue(&["localhost"]);
    let reloaded = reloaded(&issued.cert_path);
    let before = reloaded.current();

    fs::write(&issued.cert_path, "half of a file").unwrap();
    assert_eq!(reloaded.current(), before);
    fs::remove_file(&issued.cert_path).unwrap();
    assert_eq!(reloaded.current(), before);

    authority.renew(&issued, &["localhost"]);
    assert_eq!(*reloaded.current(), first(&issued.cert_path));
}

#[test]
fn a_file_that_is_missing_at_the_start_is_an_error() {
    let missing = PathBuf::from("missing.pem");
    let reloaded = Reloaded::new([missing], || Ok(()));
    assert!(matches!(reloaded, Err(Error::Read(..))));
}
