//! Prints addresses and demo accounts when the shop is ready.

use std::path::{Path, PathBuf};

use super::processes::Processes;
use crate::servers::Addresses;
use crate::terminal::{bold, line};

/// The accounts that `user seed` creates: role, e-mail address, password.
const ACCOUNTS: [(&str, &str, &str); 2] = [
    ("customer", "ada@example.com", "correct-horse-battery"),
    ("staff", "staff@example.com", "correct-horse-battery-staff"),
];

/// The TOTP secret of the demo staff account, in Base32.
const STAFF_SECRET: &str = "NVSXEY3BNZ2GS3DFFVSGK3LPFVXW43DZ";

/// Prints addresses and demo accounts as tables.
pub(super) fn print(processes: &Processes, servers: &Addresses, home: &Path) {
    let gateway = format!("http://127.0.0.1:{}", processes.gateway_port());
    let places = [
        ("Shop", format!("{gateway}/")),
        ("Staff console", format!("{gateway}/staff")),
        ("API", format!("{gateway}/api/v1")),
        ("API documentation", format!("{gateway}/docs/")),
        (
            "RabbitMQ management",
            format!(
                "{} (user administrator)",
                without_credentials(&servers.rabbitmq_api)
            ),
        ),
        (
            "PostgreSQL",
            format!("{} (user postgres)", without_credentials(&servers.postgres)),
        ),
        ("E-mails", mails(home).display().to_string()),
        ("Passwords", home.join("secrets.json").display().to_string()),
    ];
    line("");
    for (name, place) in places {
        line(format!("  {} {place}", bold(&format!("{name:<18}"))));
    }
    line("");
    for (role, email, password) in ACCOUNTS {
        line(format!(
            "  {} {email:<28} {password}",
            bold(&format!("{:<18}", format!("Demo {role}")))
        ));
    }
    line(format!(
        "  {} `sh docs/guides/demo-code.sh` prints its code; secret for an app: {STAFF_SECRET}",
        bold(&format!("{:<18}", "Second factor"))
    ));
    line("");
}

/// The folder of the e-mails of a shop.
pub(super) fn mails(home: &Path) -> PathBuf {
    home.join("mails")
}

fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNTS, without_credentials};

    #[test]
    fn passwords_are_not_printed() {
        let url = without_credentials("postgres://postgres:secret@127.0.0.1:5/postgres");
        assert_eq!(url, "postgres://127.0.0.1:5/postgres");
    }

    #[test]
    fn the_demo_accounts_are_those_that_user_seeds() -> anyhow::Result<()> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let seed = std::fs::read_to_string(format!("{root}/services/user/src/seed.rs"))?;
        assert!(
            seed.contains("b\"mercantile-demo-only\""),
            "the secret behind STAFF_SECRET"
        );
        for (_, email, password) in ACCOUNTS {
            assert!(seed.contains(&format!("\"{email}\"")), "{email}");
            assert!(
                seed.contains(&format!("\"{password}\"")),
                "the password of {email}"
            );
        }
        Ok(())
    }
}
