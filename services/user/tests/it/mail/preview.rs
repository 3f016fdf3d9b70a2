//! E-mails in a folder instead of a mail server: `cargo xtask up` shows them so.

use std::fs;
use std::path::{Path, PathBuf};

use contracts::user::v1::VerifyEmailRequest;
use kernel::Clock;
use testkit::eventually;

use crate::support::{EMAIL, database, register_and_sign_in, start_with};

/// The files with this extension, oldest first.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mail_is_written_to_the_folder_and_its_token_works() {
    let folder = std::env::temp_dir().join(format!("mails-{}", uuid::Uuid::now_v7()));
    let database = database().await;
    let changes = [
        ("mail.preview_folder", folder.to_str().unwrap()),
        ("mail.poll_ms", "50"),
    ];
    let service = start_with(&database, Clock::system(), &changes).await;
    let session = register_and_sign_in(&service.client).await;
    assert!(!session.user.unwrap().email_verified);
    let mail = eventually("a mail in the folder", async || files(&folder, "eml").pop()).await;
    let source = fs::read_to_string(&mail).unwrap();
    assert!(source.contains(&format!("To: {EMAIL}")), "{source}");
    assert!(source.contains("multipart/alternative"), "{source}");

    let page = fs::read_to_string(mail.with_extension("html")).unwrap();
    assert!(
        page.contains("please confirm your e-mail address</title>"),
        "{page}"
    );
    let code = page.lines().skip_while(|line| !line.contains("this code:"));
    let code = code.skip(1).find(|line| line.starts_with("<p>")).unwrap();
    let token = code.trim_start_matches("<p>").trim_end_matches("</p>");
    let request = VerifyEmailRequest {
        token: token.to_owned(),
    };
    service.client.clone().verify_email(request).await.unwrap();
    assert_eq!(
        database
            .count("users WHERE email_verified_at IS NOT NULL")
            .await,
        1
    );
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_and_a_mail_server_exclude_each_other() {
    let database = database().await;
    let changes = [
        ("mail.preview_folder", "/tmp/mails"),
        ("mail.smtp_url", "smtp://127.0.0.1:25"),
    ];
    let config = crate::support::config(&database.url, &changes);
    let started = user::start(config, chassis::Shutdown::for_tests()).await;
    let error = started.err().unwrap();
    assert!(
        error.to_string().contains("mail.preview_folder"),
        "{error:#}"
    );
}
