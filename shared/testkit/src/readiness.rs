/// Whether the process with this admin port says that it is ready: `Running::admin_url`.
///
/// # Panics
/// When the port does not answer.
pub async fn is_ready(admin_url: &str) -> bool {
    let answer = reqwest::get(format!("{admin_url}/readyz")).await;
    answer
        .expect("the admin port answers")
        .status()
        .is_success()
}
