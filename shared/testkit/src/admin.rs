//! Requests to the admin port of a process, at `Running::admin_url`.

/// Whether the process is ready.
///
/// # Panics
/// The port does not respond.
pub async fn is_ready(admin_url: &str) -> bool {
    get(admin_url, "readyz").await.status().is_success()
}

/// What `/readyz` answers: each failing check with its problem.
///
/// # Panics
/// The port does not respond.
pub async fn readiness(admin_url: &str) -> String {
    let answer = get(admin_url, "readyz").await;
    answer.text().await.expect("text")
}

/// The metrics of the process.
///
/// # Panics
/// The port does not respond.
pub async fn scrape(admin_url: &str) -> String {
    let answer = get(admin_url, "metrics").await;
    answer.text().await.expect("text")
}

async fn get(admin_url: &str, what: &str) -> reqwest::Response {
    let answer = reqwest::get(format!("{admin_url}/{what}")).await;
    answer.expect("the admin port responds")
}
