#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use askama::Template;
use chrono::TimeDelta;

use super::{
    Fragment, Input, Section, headline,
    layout::{self, Arrow, Lanes, Mark, Pill, WIDTH},
    row::{Row, Tone},
    sequence::Sequence,
    span::Trace,
    view::View,
    waiting,
};

mod cases;
use cases::Case;

fn sequence(case: &Case) -> Sequence {
    Sequence::of(&case.input(), &Trace::new(&case.spans))
}

/// The rows of a diagram, each as a line: `order>catalog catalog.reserve.v1 [Reserve stock]`.
fn lines(case: &Case) -> Vec<String> {
    let mut lines = Vec::new();
    for phase in sequence(case).phases {
        lines.extend(phase.pause.as_ref().map(Row::pause_text));
        lines.push(format!("= {}", phase.title));
        lines.extend(phase.rows.iter().map(|row| match row {
            Row::Message(m) => {
                let took = m.took_text().map(|took| format!(" {took}"));
                let (from, to, took) = (m.from.name(), m.to.name(), took.unwrap_or_default());
                format!("{from}>{to} {} [{}]{took}", m.name, m.label)
            }
            Row::Note(note) => format!("{}: {}", note.lane.name(), note.text),
            Row::Pause(pause) => Row::pause_text(pause),
            Row::Waiting(waiting) => waiting.text.clone(),
        }));
    }
    lines
}

fn section(input: &Input<'_>) -> Section {
    Section {
        view: View::of(input),
    }
}

fn fragment(input: &Input<'_>) -> Fragment {
    Fragment {
        view: View::of(input),
    }
}

fn headline(case: &Case) -> String {
    headline::of(&case.input())
}

fn waits(case: &Case) -> Option<String> {
    waiting::of(&case.input(), sequence(case).pending).map(|waiting| waiting.text)
}

const RESERVED: [&str; 4] = [
    "= Checkout",
    "gateway>order OrderService/PlaceOrder [Place order, €36.75]",
    "order>catalog catalog.reserve.v1 [Reserve stock]",
    "catalog>order catalog.stock_reserved.v1 [Stock reserved] 7.9 ms",
];

const BOUGHT: [&str; 10] = [
    RESERVED[0],
    RESERVED[1],
    RESERVED[2],
    RESERVED[3],
    "order>payment payment.authorize.v1 [Authorize €36.75]",
    "payment>order payment.authorized.v1 [Authorized] 25 ms",
    "order>catalog catalog.commit.v1 [Commit the reservation]",
    "catalog>order catalog.reservation_committed.v1 [Stock sold] 9.9 ms",
    "order: Order confirmed",
    "order>user order.confirmed.v1 [Confirmed]",
];

#[test]
fn a_checkout_shows_each_command_with_its_reply() {
    let case = cases::confirmed();
    assert_eq!(lines(&case), BOUGHT);
    assert_eq!(headline(&case), "Placed → confirmed in 43 ms");
    assert_eq!(
        waits(&case).unwrap(),
        "Waits for staff: hand the parcel to a carrier"
    );
}

#[test]
fn spans_add_the_provider_the_mail_and_where_time_went() {
    let case = cases::traced();
    let with_spans = lines(&case);
    for line in [
        "gateway>order OrderService/PlaceOrder [Place order, €36.75] 12 ms",
        "payment>provider POST /v1/payment_intents [Call] 14 ms",
        "user>gateway send order_confirmed mail [Mail: order confirmed] 21 ms",
    ] {
        assert!(
            with_spans.iter().any(|one| one == line),
            "{line}: {with_spans:#?}"
        );
    }
    let html = section(&case.input()).render().unwrap();
    assert!(html.contains("Payment authorized: 1.2 ms to arrive, 20 ms of work, 2.2 ms back"));
    assert!(html.contains("17 spans of its trace"));
    let without = section(&cases::confirmed().input()).render().unwrap();
    assert!(without.contains("timeline alone") && !without.contains("provider"));
}

#[test]
fn a_delivery_that_failed_is_shown() {
    let mut case = cases::traced();
    case.spans[2].is_error = true;
    assert!(lines(&case).contains(&"catalog: Handling failed".to_owned()));
}

#[test]
fn out_of_stock_undoes_nothing() {
    let case = cases::out_of_stock();
    assert_eq!(
        lines(&case)[3..],
        [
            "catalog>order catalog.stock_refused.v1 [Not enough stock] 6.3 ms",
            "order: Order rejected: out of stock",
            "order>user order.rejected.v1 [Rejected]",
        ]
    );
    assert_eq!(headline(&case), "Placed → rejected in 6.3 ms");
    assert_eq!(waits(&case), None);
}

#[test]
fn a_declined_card_undoes_the_reservation() {
    let case = cases::declined();
    assert_eq!(
        lines(&case)[5..],
        [
            "payment>order payment.declined.v1 [Declined: insufficient funds] 31 ms",
            "= Undo",
            "order>catalog catalog.release.v1 [Undo: release the stock]",
            "catalog>order catalog.stock_released.v1 [Stock for sale again] 11 ms",
            "order: Order rejected: payment declined",
            "order>user order.rejected.v1 [Rejected]",
        ]
    );
    let html = section(&case.input()).render().unwrap();
    for marked in [
        "1 step undone",
        "#sequence-undo",
        "#sequence-failed",
        ">Undo</span>",
    ] {
        assert!(html.contains(marked), "{marked}");
    }
}

#[test]
fn a_challenge_waits_for_the_customer() {
    let case = cases::challenged();
    assert_eq!(
        lines(&case)[5..],
        [
            "payment>order payment.action_required.v1 [Bank asks for 3-D Secure] 23 ms",
            "order>user order.action_required.v1 [Confirm the payment]",
        ]
    );
    assert_eq!(
        waits(&case).unwrap(),
        "Waits for the customer: confirm the payment at the bank, until 14:13:10"
    );
    assert_eq!(headline(&case), "In checkout for 431 ms");
}

#[test]
fn a_step_that_is_requested_again_says_when_the_next_attempt_is() {
    let case = cases::retried();
    assert_eq!(
        lines(&case)[5..],
        [
            "10 s later",
            "order>payment payment.authorize.v1 [Authorize, attempt 2]",
        ]
    );
    assert_eq!(
        waits(&case).unwrap(),
        "Waits for payment: authorize, attempt 2, again at 14:03:40"
    );
}

#[test]
fn a_step_that_is_given_up_is_undone_too() {
    assert_eq!(
        lines(&cases::given_up())[9..],
        [
            "40 s later",
            "order: No reply: gives up",
            "= Undo",
            "order>payment payment.void.v1 [Undo: void the payment]",
            "payment>order payment.voided.v1 [Payment voided] 22 ms",
            "order>catalog catalog.release.v1 [Undo: release the stock]",
            "catalog>order catalog.stock_released.v1 [Stock for sale again] 9.0 ms",
            "order: Order rejected: payment timed out",
            "order>user order.rejected.v1 [Rejected]",
        ]
    );
}

#[test]
fn an_operators_retry_is_theirs() {
    let case = cases::stuck();
    assert_eq!(
        lines(&case)[19..],
        [
            "gateway>order SagaService/RetrySaga [Operator: try again]",
            "order>payment payment.capture.v1 [Capture, once more]",
        ]
    );
    let waits = waits(&case).unwrap();
    assert_eq!(
        waits,
        "Stuck. Waits for payment: capture, attempt 4, again at 16:17:45"
    );
}

#[test]
fn a_cancellation_undoes_payment_and_stock() {
    let case = cases::cancelled();
    let lines = lines(&case);
    assert_eq!(lines[..10], BOUGHT);
    assert_eq!(
        lines[10..],
        [
            "2 min 59 s later",
            "= Cancellation",
            "gateway>order OrderService/CancelOrder [Cancel order]",
            "order>payment payment.void.v1 [Undo: void the payment]",
            "payment>order payment.voided.v1 [Payment voided] 19 ms",
            "order>catalog catalog.release.v1 [Undo: release the stock]",
            "catalog>order catalog.stock_released.v1 [Stock for sale again] 8.5 ms",
            "order: Order cancelled by customer",
            "order>user order.cancelled.v1 [Canceled]",
        ]
    );
    assert_eq!(
        headline(&case),
        "Placed → confirmed in 43 ms, canceled after 3 min"
    );
}

#[test]
fn a_refund_belongs_to_the_return_that_grants_it() {
    let case = cases::refunded();
    assert_eq!(
        lines(&case)[23..],
        [
            "= Return",
            "gateway>order ReturnService/RequestReturn [Ask for a return]",
            "order>user order.return_requested.v1 [Return requested]",
            "1 h later",
            "gateway>order ReturnService/ApproveReturn [Staff: approve]",
            "order>user order.return_approved.v1 [Return approved]",
            "order>payment payment.refund.v1 [Refund]",
            "payment>order payment.refunded.v1 [12.99 EUR refunded] 24 ms",
            "order>user order.refunded.v1 [Refunded]",
        ]
    );
}

#[test]
fn an_entry_of_a_newer_version_is_a_note() {
    let mut case = cases::confirmed();
    case.entries[4].kind = "of_the_future".to_owned();
    case.entries[4].message = "Something new <b>".to_owned();
    assert_eq!(lines(&case)[8..], ["order: Something new <b>"]);
    let html = section(&case.input()).render().unwrap();
    assert!(!html.contains("<b>"), "texts are escaped");
}

#[test]
fn a_diagram_is_drawn_again_while_its_order_moves() {
    let is_drawn_again = |case: &Case| {
        let input = case.input();
        let later = Input {
            now: input.now + TimeDelta::minutes(1),
            ..input
        };
        let html = section(&later).render().unwrap();
        assert_eq!(
            html.contains("data-part="),
            !fragment(&later).render().unwrap().contains("data-done")
        );
        html.contains("data-part=")
    };
    assert!(is_drawn_again(&cases::retried()) && is_drawn_again(&cases::stuck()));
    assert!(!is_drawn_again(&cases::declined()) && !is_drawn_again(&cases::confirmed()));
}

#[test]
fn without_the_saga_the_timeline_shows_what_is_awaited() {
    let case = cases::retried();
    let input = Input {
        saga: None,
        missing: Some("unavailable"),
        ..case.input()
    };
    let html = section(&input).render().unwrap();
    for text in [
        "Waits for payment: authorize, attempt 2<",
        "could not be read (unavailable)",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

/// The box of each text, as measured by its characters: left, top, right, bottom.
fn texts(mark: &Mark) -> Vec<(i32, i32, i32, i32)> {
    let of_pill = |pill: &Pill| (pill.x, pill.y, pill.x + pill.width, pill.y + pill.height);
    let of_arrow = |arrow: &Arrow| {
        let half = layout::name_width(&arrow.name) / 2;
        let (left, right) = (arrow.icon_x, 2 * arrow.center - arrow.icon_x);
        let label = (left, arrow.label_y() - 12, right, arrow.label_y() + 3);
        let (left, right) = (arrow.name_x - half, arrow.name_x + half);
        [
            label,
            (left, arrow.name_y() - 10, right, arrow.name_y() + 3),
        ]
    };
    match mark {
        Mark::Arrow(arrow) => of_arrow(arrow).to_vec(),
        Mark::Pill(pill) | Mark::Break(pill) | Mark::Waiting(pill, _) => vec![of_pill(pill)],
    }
}

#[test]
fn texts_neither_overlap_nor_leave_the_drawing() {
    for case in cases::all() {
        let sequence = sequence(&case);
        let lanes = Lanes::of(&sequence.phases);
        for phase in &sequence.phases {
            let picture = layout::draw(phase, &lanes);
            let mut below = 0;
            for (left, top, right, bottom) in picture.marks.iter().flat_map(texts) {
                let name = case.name;
                assert!(
                    top >= below,
                    "{name}, {}: {top} is above {below}",
                    phase.title
                );
                assert!(left >= 88 && right <= WIDTH, "{name}: {left} to {right}");
                below = bottom;
            }
            assert!(below <= picture.height);
        }
    }
}

#[test]
fn a_long_text_is_cut_and_its_title_has_all_of_it() {
    let mut case = cases::out_of_stock();
    let long = format!("Order rejected: {}", "word ".repeat(60));
    case.entries[2].message = long.clone();
    let html = section(&case.input()).render().unwrap();
    assert!(html.contains(&format!("<title>{long}</title>")) && html.contains('…'));
}

#[test]
fn a_tone_has_a_word_or_none_is_needed() {
    for tone in [Tone::Undone, Tone::Again, Tone::Failed] {
        assert!(!tone.spoken().is_empty());
    }
}

/// Writes the diagrams as pages, to look at them: `cargo test -p gateway write_previews -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn write_previews() {
    let folder = std::env::temp_dir().join("mercantile-timeline");
    std::fs::create_dir_all(&folder).unwrap();
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/css");
    let mut files: Vec<_> = std::fs::read_dir(assets)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let css: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    std::fs::write(folder.join("all.css"), css).unwrap();
    for case in cases::all() {
        let html = section(&case.input()).render().unwrap();
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>Order</title>\
             <meta name=viewport content='width=device-width'><link rel=stylesheet href=all.css>\
             <body><main class=wrap><h1>Order</h1>{html}</main>"
        );
        std::fs::write(folder.join(case.name).with_extension("html"), page).unwrap();
        let part = fragment(&case.input()).render().unwrap();
        assert!(part.contains("data-live-part=\"timeline\""));
    }
}
