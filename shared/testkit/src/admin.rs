//! What a process says on its admin port: `Running::admin_url`.

/// Whether it is ready.
///
/// # Panics
/// When the port does not answer.
pub async fn is_ready(admin_url: &str) -> bool {
    ask(admin_url, "readyz").await.status().is_success()
}

/// Its metrics, as they are scraped.
///
/// # Panics
/// When the port does not answer.
pub async fn scrape(admin_url: &str) -> String {
    let answer = ask(admin_url, "metrics").await;
    answer.text().await.expect("text")
}

async fn ask(admin_url: &str, what: &str) -> reqwest::Response {
    let answer = reqwest::get(format!("{admin_url}/{what}")).await;
    answer.expect("the admin port answers")
}
