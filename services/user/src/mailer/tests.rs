use super::*;
use crate::domain::EmailContent;

fn mailer(from: &str) -> Mailer {
    let server = Server::parse(&"smtp://mail:25".to_owned().into(), "shop.example").unwrap();
    Mailer {
        destination: Destination::Server(server.unwrap()),
        from: parse_sender(from).unwrap(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        idle: Mutex::default(),
    }
}

fn mail<'a>(email: &'a str, display_name: &'a str, subject: &str) -> Mail<'a> {
    Mail {
        id: Uuid::nil(),
        email,
        display_name,
        date: DateTime::UNIX_EPOCH,
        content: EmailContent {
            subject: subject.to_owned(),
            text: "Grüße\n.\nEnd".to_owned(),
            html: "<p>Grüße</p>".to_owned(),
        },
    }
}

fn written(mail: &Mail<'_>) -> String {
    let (_, message) = mailer("Søn <orders@shop.example>").message(mail).unwrap();
    assert!(message.is_ascii(), "8BITMIME must not be required");
    String::from_utf8(message).unwrap()
}

/// The unfolded lines of the header.
fn header(message: &str) -> Vec<String> {
    let (header, _) = message.split_once("\r\n\r\n").unwrap();
    let unfolded = header.replace("\r\n ", " ");
    unfolded.split("\r\n").map(ToOwned::to_owned).collect()
}

#[test]
fn a_mail_has_the_headers_of_an_automatic_message() {
    let message = written(&mail("ada@example.com", "Ada", "Order"));
    let header = header(&message);
    for line in [
        "To: Ada <ada@example.com>",
        "Subject: Order",
        "Message-ID: <00000000-0000-0000-0000-000000000000@shop.example>",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(
            header.iter().any(|known| known == line),
            "{line}: {header:?}"
        );
    }
    assert_eq!(header.len(), 8, "{header:?}");
}

#[test]
fn a_repeated_mail_differs_only_in_its_boundary() {
    let [first, again] = [(); 2].map(|()| written(&mail("ada@example.com", "Ada", "Order")));
    let boundary = |text: &str| {
        let (_, rest) = text.split_once("boundary=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(
        first.replace(&boundary(&first), ""),
        again.replace(&boundary(&again), "")
    );
}

#[test]
fn user_input_injects_no_header() {
    let plain = header(&written(&mail("ada@example.com", "", "Order"))).len();
    for evil in [
        "Ada\r\nBcc: everybody@example.com",
        "Ada\nBcc: everybody@example.com",
        "Ada\rBcc: everybody@example.com",
        "Ada\" <everybody@example.com>, \"x",
        "=?utf-8?q?Ada=0D=0ABcc:_everybody@example.com?=",
    ] {
        let message = written(&mail("ada@example.com", evil, evil));
        let header = header(&message);
        assert_eq!(header.len(), plain, "{header:?}");
        assert!(
            !header.iter().any(|line| line.starts_with("Bcc")),
            "{header:?}"
        );
    }
}

#[test]
fn a_sender_has_an_address_and_an_optional_name() {
    let shop = |from: &str| mailer(from).shop().to_owned();
    assert_eq!(shop("Tea & Søn <orders@shop.example>"), "Tea & Søn");
    assert_eq!(shop("orders@shop.example"), "shop.example");
    for wrong in ["", "Tea", "Tea <orders>", "Tea\n <orders@shop.example>"] {
        assert!(parse_sender(wrong).is_err(), "{wrong:?}");
    }
}
