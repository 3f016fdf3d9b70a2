//! `up --provider stripe`: the shop in Stripe's test mode instead of with the sandbox. Keys come from the
//! environment or a file, never from the command line, where every user of the machine could read them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::processes::Processes;
use crate::project::write_private;
use crate::terminal::{bold, line, warning};

const URL: &str = "https://api.stripe.com";
const KEY: &str = "STRIPE_SECRET_KEY";
const WEBHOOK_SECRET: &str = "STRIPE_WEBHOOK_SECRET";
/// The file in the shop's folder that names the provider of its payments.
const MARK: &str = "provider";

/// A Stripe account in test mode.
pub(super) struct Stripe {
    secret_key: String,
    /// Of `stripe listen` or of an endpoint in the dashboard. Without it, every webhook is refused.
    webhook_secret: Option<String>,
}

impl Stripe {
    /// Reads the keys: `STRIPE_SECRET_KEY` and `STRIPE_WEBHOOK_SECRET`, or the files that the same names with
    /// `_FILE` name.
    ///
    /// # Errors
    /// There is no secret key, or it is not a test key.
    pub(super) fn from_environment() -> Result<Self> {
        Self::of(&|name| std::env::var(name).ok())
    }

    pub(super) fn of(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let secret_key = secret(variable, KEY)?.with_context(|| {
            format!(
                "set {KEY} to the test key of your Stripe account, or {KEY}_FILE to a file with it: \
                 https://dashboard.stripe.com/test/apikeys"
            )
        })?;
        check_key(&secret_key)?;
        Ok(Self {
            secret_key,
            webhook_secret: secret(variable, WEBHOOK_SECRET)?,
        })
    }

    /// Replaces the sandbox by Stripe.
    pub(super) fn replace_sandbox(&self, processes: &mut Processes) {
        let secrets = self.webhook_secret.clone().unwrap_or_default();
        processes.all.retain(|plan| plan.name() != "sandbox");
        for plan in &mut processes.all {
            let settings: &[(&str, &str)] = match plan.name() {
                "payment" => &[
                    ("provider.url", URL),
                    ("provider.secret_key", &self.secret_key),
                    ("webhooks.secrets", &secrets),
                ],
                // Only Stripe knows the payment methods of the account.
                "order" => &[
                    ("checkout.payment_methods", ""),
                    ("checkout.declines.window_s", "3600"),
                    ("checkout.declines.per_account", "10"),
                    ("checkout.declines.per_card", "10"),
                    ("checkout.declines.per_network", "50"),
                ],
                // There is no sandbox to inject faults into.
                "gateway" => &[("faults.sandbox_key", "")],
                _ => &[],
            };
            for (key, value) in settings {
                let variable = plan.process.variable(key);
                plan.environment.insert(variable, (*value).to_owned());
            }
        }
    }

    /// Prints where the payments are, and what to do for webhooks.
    pub(super) fn print(&self, gateway_port: u16) {
        let name = bold(&format!("{:<18}", "Payments"));
        line(format!(
            "  {name} https://dashboard.stripe.com/test/payments (Stripe's test mode)"
        ));
        let to = format!("stripe listen --forward-to 127.0.0.1:{gateway_port}/webhooks/stripe");
        if self.webhook_secret.is_some() {
            warning(format!(
                "webhooks need a public address, or `{to}` in another terminal"
            ));
        } else {
            warning(format!(
                "no webhooks: challenges and refunds are looked up instead, within a minute. For webhooks set \
                 {WEBHOOK_SECRET} to the output of `stripe listen --print-secret`, start the shop again, and run `{to}`"
            ));
        }
    }
}

/// The value of a variable, or of the file that its name with `_FILE` names.
fn secret(variable: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<String>> {
    let is_set = |text: &String| !text.is_empty();
    if let Some(value) = variable(name).filter(is_set) {
        return Ok(Some(value));
    }
    let Some(path) = variable(&format!("{name}_FILE")).filter(is_set) else {
        return Ok(None);
    };
    let text = fs::read_to_string(&path).with_context(|| format!("{name}_FILE: {path}"))?;
    Ok(Some(text.trim().to_owned()))
}

/// Refuses everything but a test key. The error does not contain the key.
fn check_key(key: &str) -> Result<()> {
    let begins = |prefixes: [&str; 2]| prefixes.iter().any(|prefix| key.starts_with(prefix));
    ensure!(
        !begins(["sk_live_", "rk_live_"]),
        "{KEY} is a live key, which would move real money; `up` takes only test keys"
    );
    ensure!(
        begins(["sk_test_", "rk_test_"]),
        "{KEY} is not a secret test key of Stripe: it must begin with sk_test_ or rk_test_"
    );
    Ok(())
}

/// Refuses to run on the data of another provider, which does not know their payments. Called before the shop
/// has data.
pub(super) fn check_data(home: &Path, provider: &str) -> Result<()> {
    let mark = home.join(MARK);
    let before = match fs::read_to_string(&mark) {
        Ok(name) => Some(name),
        // Data from before there was a choice.
        Err(_) if home.join("secrets.json").exists() => Some("sandbox".to_owned()),
        Err(_) => None,
    };
    match before {
        Some(name) if name != provider => bail!(
            "the payments in {} were made with {name}, which {provider} does not know; \
             `cargo xtask down --purge` removes the data, or go on with `--provider {name}`",
            home.display()
        ),
        _ => write_private(&mark, provider),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Stripe> {
        Stripe::of(&|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn refusal(key: &str) -> String {
        let error = read(&[(KEY, key)]).err();
        error.map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn only_test_keys_are_taken() -> Result<()> {
        for key in ["sk_test_1", "rk_test_1"] {
            assert_eq!(read(&[(KEY, key)])?.secret_key, key);
        }
        for key in ["sk_live_secret", "rk_live_secret"] {
            let refused = refusal(key);
            assert!(refused.contains("live key"), "{refused}");
            assert!(!refused.contains(key), "{refused}");
        }
        for key in ["pk_test_1", "whsec_1", "test"] {
            assert!(refusal(key).contains("sk_test_"), "{key}");
        }
        Ok(())
    }

    #[test]
    fn a_missing_key_says_how_to_set_it() {
        for variables in [&[][..], &[(KEY, "")]] {
            let error = read(variables).err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains("STRIPE_SECRET_KEY_FILE"), "{error}");
        }
    }

    #[test]
    fn keys_are_read_from_files() -> Result<()> {
        let file = std::env::temp_dir().join(format!("stripe-key-{}", std::process::id()));
        fs::write(&file, "sk_test_2\n")?;
        let path = file.to_string_lossy().into_owned();
        let stripe = read(&[
            ("STRIPE_SECRET_KEY_FILE", &path),
            (WEBHOOK_SECRET, "whsec_1"),
        ]);
        fs::remove_file(&file)?;
        let stripe = stripe?;
        assert_eq!(stripe.secret_key, "sk_test_2");
        assert_eq!(stripe.webhook_secret.as_deref(), Some("whsec_1"));
        Ok(())
    }

    #[test]
    fn data_of_another_provider_is_not_used() -> Result<()> {
        let home = std::env::temp_dir().join(format!("stripe-data-{}", std::process::id()));
        fs::create_dir_all(&home)?;
        check_data(&home, "stripe")?;
        check_data(&home, "stripe")?;
        let other = check_data(&home, "sandbox");
        fs::remove_file(home.join(MARK))?;
        fs::write(home.join("secrets.json"), "{}")?;
        let older = check_data(&home, "stripe");
        check_data(&home, "sandbox")?;
        fs::remove_dir_all(&home)?;
        assert!(other.is_err());
        assert!(older.is_err());
        Ok(())
    }
}
